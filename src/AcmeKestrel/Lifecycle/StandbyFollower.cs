using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// Keeps <see cref="Standby"/> looking while another process has the state: at what the store's feed tells as it comes, and at all names now and then, for a hand that puts something into the state tells no feed.
/// Wishes on record are followed as well: before the CA asks for a new name it is this process' own, and whoever probes for it is no stranger.
/// </summary>
internal sealed class StandbyFollower(IAcmeStore store, Standby standby, IEnumerable<IRecordedWishes> recorded, TimeProvider time)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    /// <summary>A feed that could not be read is opened anew after a second, and where that fails, too, after twice as long each time, up to this; then all names are looked at.</summary>
    private static readonly TimeSpan WithoutFeed = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Ends only with the token.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            var begun = time.GetTimestamp();
            try
            {
                // First the position, then the list: what is committed between them is in one of both.
                await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), cancellationToken).ConfigureAwait(false);
                foreach (var wishes in recorded) wishes.LookAgain();
                await standby.LookAsync(cancellationToken).ConfigureAwait(false);
                await FollowAsync(watch, cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Promise 3: whatever ails a store, what is known is served on.
            catch (Exception unreadable) when (unreadable is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                // What ails the store is said by the look, which meets the same.
                await standby.LookAsync(cancellationToken).ConfigureAwait(false);
            }

            // One that was read for long had nothing to do with the trouble before.
            if (time.GetElapsedTime(begun) > WithoutFeed) pause = FirstPause;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < WithoutFeed ? pause * 2 : WithoutFeed;
        }
    }

    private async Task FollowAsync(IStoreWatch watch, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changes = watch.ReadAsync(reading.Token).GetAsyncEnumerator(reading.Token);
        var next = changes.MoveNextAsync().AsTask();
        var look = Task.Delay(BetweenLooks, time, reading.Token);
        try
        {
            while (true)
            {
                await Task.WhenAny(next, look).ConfigureAwait(false);
                var told = new List<StoreChange>();
                var goesOn = true;
                while (next.IsCompleted && (goesOn = await next.ConfigureAwait(false)))
                {
                    told.Add(changes.Current);
                    next = changes.MoveNextAsync().AsTask();
                }

                cancellationToken.ThrowIfCancellationRequested();
                await HearAsync(told, looksAtAll: look.IsCompleted, cancellationToken).ConfigureAwait(false);
                if (look.IsCompleted) look = Task.Delay(BetweenLooks, time, reading.Token);
                if (!goesOn) return;
            }
        }
        finally
        {
            // An enumerator that is still asked for more cannot be disposed of.
            await reading.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await changes.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task HearAsync(List<StoreChange> told, bool looksAtAll, CancellationToken cancellationToken)
    {
        var isReset = told.Exists(change => change.Key is null);
        foreach (var wishes in recorded)
        {
            if (isReset) wishes.LookAgain();
            else foreach (var key in Keys(wishes.Kind)) await wishes.LookAgainAsync(key.Name, cancellationToken).ConfigureAwait(false);
        }

        if (isReset || looksAtAll) await standby.LookAsync(cancellationToken).ConfigureAwait(false);
        else if (Keys(RecordKind.Certificate, StoreChangeKind.Written) is { Count: > 0 } committed) await standby.LookAsync(committed, cancellationToken).ConfigureAwait(false);

        List<RecordKey> Keys(RecordKind kind, StoreChangeKind? what = null) =>
            [.. told.Where(change => change.Key!.Value.Kind == kind && (what is null || change.Kind == what)).Select(change => change.Key!.Value).Distinct()];
    }
}
