using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A store with hiccups: each hook is called before what it is named after, and may throw.</summary>
internal sealed class FlakyStore(IAcmeStore inner) : DelegatingStore(inner)
{
    public Action Leasing { get; set; } = () => { };

    public Action Renewing { get; set; } = () => { };

    /// <summary>What a renewal waits for, whatever is cancelled.</summary>
    public Task RenewingFor { get; set; } = Task.CompletedTask;

    public Action Disposing { get; set; } = () => { };

    /// <summary>What giving a lease back waits for.</summary>
    public Task DisposingFor { get; set; } = Task.CompletedTask;

    /// <summary>Takes away the lease that was given last; null: none was given.</summary>
    public Action? Stolen { get; private set; }

    public Func<Task> Watching { get; set; } = () => Task.CompletedTask;

    public Func<RecordKind, Task> Listing { get; set; } = _ => Task.CompletedTask;

    /// <summary>After the last item of a list.</summary>
    public Func<Task> Listed { get; set; } = () => Task.CompletedTask;

    public Func<RecordKey, Task> Reading { get; set; } = _ => Task.CompletedTask;

    public Func<RecordKey, Task> Writing { get; set; } = _ => Task.CompletedTask;

    public Func<RecordKey, Task> Deleting { get; set; } = _ => Task.CompletedTask;

    /// <summary>After a record was written.</summary>
    public Func<Task> Written { get; set; } = () => Task.CompletedTask;

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        await Reading(key).WaitAsync(cancellationToken);
        return await base.ReadAsync(key, cancellationToken);
    }

    public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        await Writing(write.Key).WaitAsync(cancellationToken);
        var version = await base.WriteAsync(write, cancellationToken);
        await Written().WaitAsync(cancellationToken);
        return version;
    }

    public override async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        await Deleting(deletion.Key).WaitAsync(cancellationToken);
        return await base.DeleteAsync(deletion, cancellationToken);
    }

    public override IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => ListAsync(query.Kind, base.ListAsync(query, cancellationToken), cancellationToken);

    public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => ListAsync(query.Kind, base.ListEntriesAsync(query, cancellationToken), cancellationToken);

    public override IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => ListAsync(query.Kind, base.ListHeadsAsync(query, cancellationToken), cancellationToken);

    public override async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        Leasing();
        if (await base.TryLeaseAsync(request, cancellationToken) is not { } lease) return null;

        Stolen = () => Inner.TryLeaseAsync(request, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return new Lease(this, lease);
    }

    public override async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        await Watching().WaitAsync(cancellationToken);
        return await base.OpenWatchAsync(request, cancellationToken);
    }

    private async IAsyncEnumerable<T> ListAsync<T>(RecordKind kind, IAsyncEnumerable<T> list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Listing(kind).WaitAsync(cancellationToken);
        await foreach (var item in list.WithCancellation(cancellationToken)) yield return item;
        await Listed().WaitAsync(cancellationToken);
    }

    private sealed class Lease(FlakyStore store, IStoreLease inner) : IStoreLease
    {
        public Fence Fence => inner.Fence;

        public TimeSpan Remaining => inner.Remaining;

        public CancellationToken Lost => inner.Lost;

        public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
        {
            store.Renewing();
            await store.RenewingFor;
            return await inner.RenewAsync(duration, cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            store.Disposing();
            await store.DisposingFor;
            await inner.DisposeAsync();
        }
    }
}
