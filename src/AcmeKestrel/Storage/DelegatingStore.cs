namespace AcmeKestrel.Storage;

/// <summary>
/// A store that adds something to another one: whatever is not overridden goes to that one, its abilities included. Whoever changes what records hold overrides all that reads and writes them,
/// <see cref="ListHeadsAsync"/> among them.
/// </summary>
public abstract class DelegatingStore : IAcmeStore
{
    /// <summary>Adds something to this store.</summary>
    protected DelegatingStore(IAcmeStore inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <summary>What something is added to.</summary>
    protected IAcmeStore Inner { get; }

    /// <inheritdoc/>
    public virtual ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => Inner.ReadAsync(key, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => Inner.ListAsync(query, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => Inner.ListEntriesAsync(query, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => Inner.ListHeadsAsync(query, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken) => Inner.WriteAsync(write, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken) => Inner.DeleteAsync(deletion, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken) => Inner.TryLeaseAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken) => Inner.OpenWatchAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual TAbility? FindAbility<TAbility>()
        where TAbility : class => this as TAbility ?? Inner.FindAbility<TAbility>();
}
