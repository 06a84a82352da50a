using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>Keeps <see cref="Standby"/> looking while another process has the state: at what the store's feed tells as it comes, and at all names now and then, for a hand that puts something into the state tells no feed.</summary>
internal sealed class StandbyFollower(IAcmeStore store, Standby standby, TimeProvider time)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    /// <summary>A feed that cannot be read is opened anew so often; meanwhile all names are looked at.</summary>
    private static readonly TimeSpan WithoutFeed = TimeSpan.FromSeconds(15);

    /// <summary>Ends only with the token.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                // First the position, then the list: what is committed between them is in one of both.
                await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Certificate }, cancellationToken).ConfigureAwait(false);
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

            await Task.Delay(WithoutFeed, time, cancellationToken).ConfigureAwait(false);
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
                if (look.IsCompleted || told.Exists(change => change.Key is null)) await standby.LookAsync(cancellationToken).ConfigureAwait(false);
                else await standby.LookAsync(told.Where(change => change.Kind == StoreChangeKind.Written).Select(change => change.Key!.Value), cancellationToken).ConfigureAwait(false);

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
}
