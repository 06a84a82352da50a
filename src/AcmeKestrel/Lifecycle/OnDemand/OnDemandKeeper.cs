using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>
/// Keeps on record who of the names on demand is visited: once for each certificate, after it was asked whether the name is allowed still, unless a wildcard serves it. What nobody visits is not renewed
/// (<see cref="Planning.Visits"/>), and is wished no more when it has ended.
/// </summary>
internal sealed class OnDemandKeeper(
    OnDemandWishes wishes, VisitMarks marks, PermissionBook permissions, WishFollower follower, IAcmeSettings settings, TimeProvider time, ILogger<OnDemandKeeper> logger) : IStateDuty
{
    /// <summary>Where so many in a row fail it is not the names, and the others would fare no better.</summary>
    private const int MostFailures = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Visits that are not on record yet: nobody could say whether they are allowed, or nothing could be written.</summary>
    private readonly OpenVisits _open = new();
    private readonly FadingNames _fading = new(time);

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(session, cancellationToken).ConfigureAwait(false);
                await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // Whoever has the state next is told of them, or it is this process once more.
            foreach (var name in _open.TakeAll()) wishes.Miss(name);
            _fading.Clear();
        }
    }

    public async Task LookAsync(StateSession session, CancellationToken cancellationToken)
    {
        if (IsOff)
        {
            _fading.Clear();
            return;
        }

        try
        {
            // Before it is known what is wished, and after it was switched off, every name looks as if it had no certificate.
            await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
            var (taken, now) = (await marks.TakeAsync(cancellationToken).ConfigureAwait(false), time.GetUtcNow());
            foreach (var mark in taken.Where(mark => mark.IsNews(now))) _open.Add(mark.Name);
            var over = from mark in taken where !mark.IsVisited && !_open.Has(mark.Name) let reason = mark.OverBecause(now) where reason is not null select (mark.Name, reason);
            foreach (var (name, reason) in _fading.Look(over))
            {
                if (IsOff) return;

                // Since the marks were taken somebody may have come for it.
                if (wishes.TakeMiss(name)) _open.Add(name);
                else await TryRemoveAsync(session, name, reason, cancellationToken).ConfigureAwait(false);
            }

            await KeepVisitsAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // What the store lacks is said where it matters; the next look comes in a minute.
        }
    }

    private bool IsOff => settings.Current.OnDemand is null;

    private async Task KeepVisitsAsync(StateSession session, CancellationToken cancellationToken)
    {
        for (var (left, failures) = (_open.Count, 0); left > 0 && failures < MostFailures && !IsOff; left--)
        {
            if (await TryKeepAsync(session, _open.First, cancellationToken).ConfigureAwait(false))
            {
                failures = 0;
                _open.Remove();
            }
            else
            {
                failures++;
                _open.Postpone();
            }
        }
    }

    /// <summary>False: nobody can say whether it is allowed, or nothing can be written.</summary>
    private async Task<bool> TryKeepAsync(StateSession session, string name, CancellationToken cancellationToken)
    {
        // Whose visitor it was nobody knows where a wildcard serves the name: no word against this one may take the certificate from all the others.
        var answer = marks.IsShared(name) ? PermissionAnswer.Yes : await permissions.AskAsync(new AcmeOnDemandVisit(name), network: null, cancellationToken).ConfigureAwait(false);
        if (answer is PermissionAnswer.Failed) return false;
        if (answer is PermissionAnswer.No) return await TryRemoveAsync(session, name, "it is not allowed any more", cancellationToken).ConfigureAwait(false);

        try
        {
            await wishes.VisitAsync(session, name, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception unwritable) when (unwritable is StoreUnavailableException or StoreConflictException)
        {
            return false;
        }
    }

    private async Task<bool> TryRemoveAsync(StateSession session, string name, string reason, CancellationToken cancellationToken)
    {
        try
        {
            if (await wishes.RemoveAsync(session, name, cancellationToken).ConfigureAwait(false)) logger.OnDemandGone(name, reason);
            return true;
        }
        catch (Exception unwritable) when (unwritable is StoreUnavailableException or StoreConflictException)
        {
            return false;
        }
    }
}
