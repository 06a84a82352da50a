using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>One process' way to a store that it shares with others: what the process wrote is noted, with the fence it was written under.</summary>
/// <param name="around">Awaited before and after each write or delete.</param>
internal sealed class ProcessStore(IAcmeStore inner, string process, List<ProcessStore.Write> writes, Func<Task> around) : IAcmeStore
{
    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => inner.ReadAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, CancellationToken cancellationToken) => inner.ListAsync(kind, afterName, cancellationToken);

    public async ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken)
    {
        await around();
        var version = await inner.WriteAsync(key, content, expected, fence, cancellationToken);
        writes.Add(new Write(process, key, fence?.Token));
        await around();
        return version;
    }

    public async ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken)
    {
        await around();
        await inner.DeleteAsync(key, expected, fence, cancellationToken);
        writes.Add(new Write(process, key, fence?.Token));
        await around();
    }

    public ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) => inner.TryLeaseAsync(resource, owner, duration, cancellationToken);

    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => inner.WatchAsync(after, cancellationToken);

    /// <param name="Token">The fence's; null: written without one.</param>
    internal sealed record Write(string Process, RecordKey Key, long? Token);
}
