using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests;

/// <summary>What tests ask of a store, in a line.</summary>
internal static class StoreCalls
{
    public static ValueTask<RecordVersion> WriteAsync(this IAcmeStore store, RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken) =>
        store.WriteAsync(new StoreWrite(key, content) { Expected = expected, Fence = fence }, cancellationToken);

    public static ValueTask<bool> DeleteAsync(this IAcmeStore store, RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken) =>
        store.DeleteAsync(new StoreDeletion(key) { Expected = expected, Fence = fence }, cancellationToken);

    public static IAsyncEnumerable<StoreRecord> ListAsync(this IAcmeStore store, RecordKind kind, string? after, CancellationToken cancellationToken) =>
        store.ListAsync(new StoreQuery(kind) { After = after }, cancellationToken);

    public static IAsyncEnumerable<StoreRecord> ListPrefixAsync(this IAcmeStore store, RecordKind kind, string prefix, CancellationToken cancellationToken) =>
        store.ListAsync(new StoreQuery(kind) { Prefix = prefix }, cancellationToken);

    public static IAsyncEnumerable<StorePart> ListHeadsAsync(this IAcmeStore store, RecordKind kind, string part, CancellationToken cancellationToken) =>
        store.ListHeadsAsync(new StoreHeadQuery(kind, part), cancellationToken);

    public static ValueTask<IStoreLease?> TryLeaseAsync(this IAcmeStore store, string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) =>
        store.TryLeaseAsync(new StoreLeaseRequest(resource, owner, duration), cancellationToken);
}
