using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>
/// Keeps on record who of the names on demand is visited: once for each certificate, after it was asked whether the name is allowed still. What nobody visits is not renewed
/// (<see cref="Planning.Visits"/>), and is wished no more when it has ended.
/// </summary>
internal sealed class OnDemandKeeper(OnDemandWishes wishes, VisitMarks marks, PermissionBook permissions, IAcmeSettings settings, TimeProvider time, ILogger<OnDemandKeeper> logger) : IStateDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Visits that are not on record yet: nobody could say whether they are allowed, or nothing could be written.</summary>
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        while (true)
        {
            await LookAsync(session, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task LookAsync(StateSession session, CancellationToken cancellationToken)
    {
        if (settings.Current.OnDemand is null) return;

        try
        {
            var now = time.GetUtcNow();
            foreach (var mark in await marks.TakeAsync(cancellationToken).ConfigureAwait(false))
            {
                if (mark.IsNews(now)) _open.Add(mark.Name);
                else if (!mark.IsVisited && !_open.Contains(mark.Name) && mark.OverBecause(now) is { } reason) await RemoveAsync(session, mark.Name, reason, cancellationToken).ConfigureAwait(false);
            }

            await KeepVisitsAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritable) when (unwritable is StoreUnavailableException or StoreConflictException)
        {
            // What the store lacks is said where it matters; the next look comes in a minute.
        }
    }

    private async Task KeepVisitsAsync(StateSession session, CancellationToken cancellationToken)
    {
        foreach (var name in _open.ToList())
        {
            var answer = await permissions.AskAsync(new AcmeOnDemandVisit(name), network: null, cancellationToken).ConfigureAwait(false);

            // The others would fare no better, and the next look comes in a minute.
            if (answer is PermissionAnswer.Failed) return;

            if (answer is PermissionAnswer.No) await RemoveAsync(session, name, "it is not allowed any more", cancellationToken).ConfigureAwait(false);
            else await wishes.VisitAsync(session, name, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            _open.Remove(name);
        }
    }

    private async Task RemoveAsync(StateSession session, string name, string reason, CancellationToken cancellationToken)
    {
        if (await wishes.RemoveAsync(session, name, cancellationToken).ConfigureAwait(false)) logger.OnDemandGone(name, reason);
    }
}
