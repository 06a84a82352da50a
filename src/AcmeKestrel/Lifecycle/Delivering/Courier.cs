using AcmeKestrel.Certificates.International;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Tells hooks what they are owed, each for itself and one call after the other, under the session in which it was read, until it succeeds.</summary>
internal sealed class Courier(HookList hooks, Deliveries deliveries, HookTroubles troubles, HookCalls calls, PublicLinks links, StateLease lease, TimeProvider time, ILogger<Courier> logger)
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    /// <summary>Whoever is at work is looked at so often: it may have ended in the moment when something came.</summary>
    private static readonly TimeSpan WhileUnderWay = TimeSpan.FromSeconds(5);

    /// <summary>Labels that a log line names.</summary>
    private const int Named = 10;

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _underWay = new(StringComparer.Ordinal);

    /// <summary>The right to write, where what is owed was read in it.</summary>
    private StateSession? Session => lease.Session is { } session && session == deliveries.Session ? session : null;

    /// <summary>Until it is cancelled; what is under way then is ended, and stays owed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var changed = deliveries.Next;
                var next = await BeginDueAsync(cancellationToken).ConfigureAwait(false);
                var (now, latest) = (time.GetUtcNow(), time.GetUtcNow() + LongestRest);
                using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var rest = Task.Delay((next < latest ? next.Value : latest) is var until && until > now ? until - now : TimeSpan.Zero, time, over.Token);
                await Task.WhenAny(changed, rest).ConfigureAwait(false);
                await over.CancelAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await WaitAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Begins what is due for hooks that have nothing to do.</summary>
    /// <returns>When something will be due; null: not by itself.</returns>
    public async Task<DateTimeOffset?> BeginDueAsync(CancellationToken cancellationToken)
    {
        if (Session is not { } session) return null;

        await links.LookAgainAsync(session, cancellationToken).ConfigureAwait(false);
        await links.MoveWaitingAsync(session, cancellationToken).ConfigureAwait(false);
        if (deliveries.Hooks.Count == 0) return links.NextMove(session);

        var known = hooks.Now();
        await LetGoAsync(session, known, cancellationToken).ConfigureAwait(false);
        var next = links.NextMove(session);
        foreach (var hook in known)
        {
            lock (_gate)
            {
                if (_underWay.TryGetValue(hook.Id, out var before) && !before.IsCompleted)
                {
                    if (next is null || next > time.GetUtcNow() + WhileUnderWay) next = time.GetUtcNow() + WhileUnderWay;
                    continue;
                }

                if (deliveries.DueAt(hook.Id) is not { } due) continue;

                if (due <= time.GetUtcNow()) _underWay[hook.Id] = DeliverAsync(session, hook, cancellationToken);
                else if (next is null || due < next) next = due;
            }
        }

        return next;
    }

    /// <summary>What is owed, by label; nothing where this process has not got the state.</summary>
    public IReadOnlyList<(string Label, OwedNotice Notice)> Owed => Session is null ? [] : deliveries.All;

    /// <summary>Until nothing is under way.</summary>
    public async Task WaitAsync()
    {
        while (true)
        {
            List<Task> underWay;
            lock (_gate) underWay = [.. _underWay.Values.Where(task => !task.IsCompleted)];
            if (underWay.Count == 0) return;
            await Task.WhenAll(underWay).ConfigureAwait(false);
        }
    }

    private async Task DeliverAsync(StateSession session, IHook hook, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (Session == session && deliveries.NextOf(hook) is not null)
            {
                if (!await TellNextAsync(session, hook, cancellationToken).ConfigureAwait(false)) return;
            }

            deliveries.LookAgain();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It stays owed.
        }
    }

    /// <summary>What comes in one, in the hook's turn: whoever asks it something comes between two of them. False: a link has to move first, and whoever makes it wait says when that is over.</summary>
    private async Task<bool> TellNextAsync(StateSession session, IHook hook, CancellationToken cancellationToken)
    {
        using var alone = await calls.AloneAsync(hook, cancellationToken).ConfigureAwait(false);
        if (Session != session || deliveries.NextOf(hook) is not { } due) return true;
        if (!due.IsChange)
        {
            await TryTellAsync(session, hook, due, cancellationToken).ConfigureAwait(false);
            return true;
        }

        using var still = await links.TryHoldStillAsync(session, cancellationToken).ConfigureAwait(false);

        // What had to wait was moved before, and is told as well; where it has to wait yet, what needs no link does not.
        var next = still is null ? deliveries.NextOtherOf(hook) : deliveries.NextChangeOf(hook);
        if (next is not null) await TryTellAsync(session, hook, next, cancellationToken).ConfigureAwait(false);
        return still is not null || next is not null;
    }

    /// <summary>What was told and cannot be written is told once more, but not at once and for ever.</summary>
    private async Task TryTellAsync(StateSession session, IHook hook, DueDelivery due, CancellationToken cancellationToken)
    {
        try
        {
            await TellAsync(session, hook, due, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Promise 5: mostly the store; whatever else it is must not have a hook called without a pause.
        catch (Exception unwritable) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _log.DeliveriesNotKept(unwritable.Message);
            troubles.Failed(hook.Id, due.What, $"what it is owed cannot be written: {unwritable.Message}");
        }

        await TryKeepAsync(session, hook.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How it fails: where that cannot be written the next process does not know it, and this one does.</summary>
    private async Task TryKeepAsync(StateSession session, string hook, CancellationToken cancellationToken)
    {
        try
        {
            await troubles.KeepAsync(session, hook, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritable) when (unwritable is StoreConflictException or StoreUnavailableException)
        {
            _log.DeliveriesNotKept(unwritable.Message);
        }
    }

    private async Task TellAsync(StateSession session, IHook hook, DueDelivery due, CancellationToken cancellationToken)
    {
        var outcome = await calls.TellAsync(hook, due.Notices, due.Failures + 1, cancellationToken).ConfigureAwait(false);
        var (word, labels) = (HookEvents.WordOf(due.Notices[0].Notice.Event), Names(due.Notices.Select(one => one.Label)));
        if (!outcome.IsDone)
        {
            var problem = outcome.Problem ?? "";
            var trouble = troubles.Failed(hook.Id, due.What, problem);
            _log.HookFailed(hook.Id, word, labels, trouble?.NextAttempt ?? time.GetUtcNow(), problem);
            return;
        }

        if (outcome.Kind is HookOutcomeKind.Unsupported) _log.HookKnowsNot(hook.Id, word);
        else _log.HookTold(hook.Id, word, labels);
        foreach (var (label, notice) in due.Notices) await deliveries.SettleAsync(session, label, notice, hook.Id, cancellationToken).ConfigureAwait(false);
        troubles.Told(hook.Id, due.What);
    }

    /// <summary>Hooks that are not there any more are owed nothing; and what is owed no more fails no more.</summary>
    private async Task LetGoAsync(StateSession session, IReadOnlyList<IHook> known, CancellationToken cancellationToken)
    {
        var ids = known.Select(hook => hook.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var hook in deliveries.Hooks)
        {
            if (!ids.Contains(hook) && !hooks.MayComeBack(hook)) await TryLetGoAsync(session, hook, cancellationToken).ConfigureAwait(false);
            await TryKeepAsync(session, hook, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TryLetGoAsync(StateSession session, string hook, CancellationToken cancellationToken)
    {
        var labels = deliveries.LabelsOf(hook);
        if (labels.Count == 0) return;

        try
        {
            foreach (var label in labels.Distinct(StringComparer.Ordinal)) await deliveries.LetGoAsync(session, label, hook, cancellationToken).ConfigureAwait(false);
            _log.HookGone(hook, labels.Count);
        }
        catch (Exception unwritable) when (unwritable is StoreConflictException or StoreUnavailableException)
        {
            _log.DeliveriesNotKept(unwritable.Message);
        }
    }

    private static string Names(IEnumerable<string> labels)
    {
        var all = labels.ToList();
        return all.Count <= Named ? string.Join(", ", all) : $"{string.Join(", ", all.Take(Named))} and {all.Count - Named} more";
    }
}
