using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>
/// The right to write, as it was when a piece of work began: every write carries its fence, so that work that outlives its lease is refused by the store and does not
/// overwrite what the next holder did.
/// </summary>
internal sealed class StateSession(IAcmeStore store, Fence? fence)
{
    /// <summary>For whoever only looks: nothing can be written under it.</summary>
    public static StateSession ForReading(IAcmeStore store) => new(store, null);

    /// <summary>Null: of nobody's lease.</summary>
    public Fence? Fence => fence;

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => store.ReadAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

    public IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => store.ListEntriesAsync(query, cancellationToken);

    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, CancellationToken cancellationToken) =>
        store.WriteAsync(new StoreWrite(key, content) { Fence = Right }, cancellationToken);

    /// <summary>Unless somebody has written it, or removed it, since it was at this version.</summary>
    /// <exception cref="StoreConflictException">Somebody has.</exception>
    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion version, CancellationToken cancellationToken) =>
        store.WriteAsync(new StoreWrite(key, content) { Expected = version, Fence = Right }, cancellationToken);

    public async ValueTask DeleteAsync(RecordKey key, CancellationToken cancellationToken) => await store.DeleteAsync(new StoreDeletion(key) { Fence = Right }, cancellationToken).ConfigureAwait(false);

    /// <summary>Unless somebody has written it since it was at this version.</summary>
    public async ValueTask DeleteAsync(RecordKey key, RecordVersion version, CancellationToken cancellationToken) =>
        await store.DeleteAsync(new StoreDeletion(key) { Expected = version, Fence = Right }, cancellationToken).ConfigureAwait(false);

    private Fence Right => fence ?? throw new InvalidOperationException("The state is only looked at.");
}
