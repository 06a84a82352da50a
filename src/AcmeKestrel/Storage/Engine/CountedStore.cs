using System.Runtime.CompilerServices;
using AcmeKestrel.Diagnostics;

namespace AcmeKestrel.Storage.Engine;

/// <summary>Counts what a store could not do, and the records that it found unusable. Nothing else is different.</summary>
internal sealed class CountedStore(IAcmeStore inner, StoreMetrics metrics) : DelegatingStore(inner), IDisposable
{
    private const string Reading = "read";
    private const string Listing = "list";
    private const string Leasing = "lease";
    private const string Watching = "watch";

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        try
        {
            return Look(Reading, await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception failed) when (Count(Reading, failed))
        {
            throw;
        }
    }

    public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in CountAsync(Listing, Inner.ListAsync(query, cancellationToken), cancellationToken).ConfigureAwait(false)) yield return Look(Listing, record)!;
    }

    public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => CountAsync(Listing, Inner.ListEntriesAsync(query, cancellationToken), cancellationToken);

    public override IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => CountAsync(Listing, Inner.ListHeadsAsync(query, cancellationToken), cancellationToken);

    public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        try
        {
            return await Inner.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (Count("write", failed))
        {
            throw;
        }
    }

    public override async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        try
        {
            return await Inner.DeleteAsync(deletion, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (Count("delete", failed))
        {
            throw;
        }
    }

    public override async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await Inner.TryLeaseAsync(request, cancellationToken).ConfigureAwait(false) is { } lease ? new CountedLease(this, lease) : null;
        }
        catch (Exception failed) when (Count(Leasing, failed))
        {
            throw;
        }
    }

    public override async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return new CountedWatch(this, await Inner.OpenWatchAsync(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception failed) when (Count(Watching, failed))
        {
            throw;
        }
    }

    public void Dispose() => (Inner as IDisposable)?.Dispose();

    private async IAsyncEnumerable<T> CountAsync<T>(string operation, IAsyncEnumerable<T> list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var items = list.GetAsyncEnumerator(cancellationToken);
        await using var ending = items.ConfigureAwait(false);
        while (await MoveAsync().ConfigureAwait(false)) yield return items.Current;

        async ValueTask<bool> MoveAsync()
        {
            try
            {
                return await items.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception failed) when (Count(operation, failed))
            {
                throw;
            }
        }
    }

    private StoreRecord? Look(string operation, StoreRecord? record)
    {
        if (record?.Error is not null) metrics.Failed(operation, record.IsUnread ? "unread" : "damaged");
        return record;
    }

    /// <summary>Never true: it counts on the way, and whoever catches it does.</summary>
    private bool Count(string operation, Exception failed)
    {
        if (failed is OperationCanceledException) return false;

        metrics.Failed(operation, failed switch
        {
            StoreUnavailableException => "unavailable",
            StoreConflictException => "conflict",
            _ => "unexpected",
        });
        return false;
    }

    private sealed class CountedLease(CountedStore store, IStoreLease inner) : IStoreLease
    {
        public Fence Fence => inner.Fence;

        public TimeSpan Remaining => inner.Remaining;

        public CancellationToken Lost => inner.Lost;

        public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
        {
            try
            {
                return await inner.RenewAsync(duration, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failed) when (store.Count(Leasing, failed))
            {
                throw;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class CountedWatch(CountedStore store, IStoreWatch inner) : IStoreWatch
    {
        public StoreCursor Start => inner.Start;

        public IAsyncEnumerable<StoreChange> ReadAsync(CancellationToken cancellationToken) => store.CountAsync(Watching, inner.ReadAsync(cancellationToken), cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
