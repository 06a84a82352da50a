using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A store with hiccups: each hook is called before what it is named after, and may throw.</summary>
internal sealed class FlakyStore(IAcmeStore inner) : IAcmeStore
{
    public Action Leasing { get; set; } = () => { };

    public Action Renewing { get; set; } = () => { };

    public Action Disposing { get; set; } = () => { };

    public Func<RecordKind, Task> Listing { get; set; } = _ => Task.CompletedTask;

    public Func<RecordKey, Task> Reading { get; set; } = _ => Task.CompletedTask;

    public async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        await Reading(key).WaitAsync(cancellationToken);
        return await inner.ReadAsync(key, cancellationToken);
    }

    public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Listing(kind).WaitAsync(cancellationToken);
        await foreach (var record in inner.ListAsync(kind, afterName, cancellationToken)) yield return record;
    }

    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken) =>
        inner.WriteAsync(key, content, expected, fence, cancellationToken);

    public ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken) => inner.DeleteAsync(key, expected, fence, cancellationToken);

    public async ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken)
    {
        Leasing();
        return await inner.TryLeaseAsync(resource, owner, duration, cancellationToken) is { } lease ? new Lease(this, lease) : null;
    }

    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => inner.WatchAsync(after, cancellationToken);

    private sealed class Lease(FlakyStore store, IStoreLease inner) : IStoreLease
    {
        public Fence Fence => inner.Fence;

        public DateTimeOffset Expires => inner.Expires;

        public ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
        {
            store.Renewing();
            return inner.RenewAsync(duration, cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            store.Disposing();
            return inner.DisposeAsync();
        }
    }
}
