using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>
/// The right to write, as it was when a piece of work began: every write carries its fence, so that work that outlives its lease is refused by the store and does not
/// overwrite what the next holder did.
/// </summary>
internal sealed class StateSession(IAcmeStore store, Fence fence)
{
    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => store.ReadAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, CancellationToken cancellationToken) => store.ListAsync(kind, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListPrefixAsync(RecordKind kind, string prefix, CancellationToken cancellationToken) => store.ListPrefixAsync(kind, prefix, cancellationToken);

    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, CancellationToken cancellationToken) => store.WriteAsync(key, content, null, fence, cancellationToken);

    public ValueTask DeleteAsync(RecordKey key, RecordVersion version, CancellationToken cancellationToken) => store.DeleteAsync(key, version, fence, cancellationToken);

    public async ValueTask DeleteAsync(RecordKey key, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record) await DeleteAsync(key, record.Version, cancellationToken).ConfigureAwait(false);
    }
}
