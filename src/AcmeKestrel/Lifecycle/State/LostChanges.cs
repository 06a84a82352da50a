using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>
/// An engine may lose what it acknowledged (a replica is promoted, a backup restored) and keep the lease. Whoever has the state would go on with what it knows, and order nothing that is gone; so it gives the state back
/// then, and it is taken anew and read. All changes are followed, that a place in the feed is never an old one, and at all times: what is lost while the state is being read was known, too.
/// </summary>
internal sealed class LostChanges(IAcmeStore store, StateLease lease)
{
    public const string Problem = "the store may have lost changes that it had acknowledged; all of the state is read anew";

    private StoreCursor? _after;

    /// <summary>Ends only with the token, or with a failure of the store; called again it goes on where it was.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (!store.IsShared()) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);

        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { After = _after }, cancellationToken).ConfigureAwait(false);
        _after ??= watch.Start;
        await foreach (var change in watch.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (change.Kind is not (StoreChangeKind.Written or StoreChangeKind.Deleted) && lease.Session is not null) await lease.GiveBackAsync(Problem).ConfigureAwait(false);
            _after = change.Cursor;
        }
    }
}
