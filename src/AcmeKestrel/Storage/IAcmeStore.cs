using System.Runtime.CompilerServices;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage;

/// <summary>
/// Keeps what must survive a restart as opaque records. One record is one atomic, durable write; there are no transactions over several records: the core orders its writes.
/// Every store passes the same conformance suite, which is the package <c>AcmeKestrel.Storage.Conformance</c>. Members throw <see cref="StoreUnavailableException"/> where the medium fails,
/// <see cref="StoreConflictException"/> where another writer was first, and <see cref="ArgumentException"/> for what no store could keep.
/// </summary>
/// <remarks>
/// Members that are added have a default implementation, and what is asked for comes as a record, which gains properties. Registering one of the library's stores is safe now. A store that adds something to another one derives from <see cref="DelegatingStore"/>.
/// </remarks>
public interface IAcmeStore
{
    /// <summary>The record, or null.</summary>
    ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken);

    /// <summary>Records in <see cref="RecordKey.NameOrder"/>; a damaged one, or one that cannot be read now while others can, is an item with <see cref="StoreRecord.Error"/>.</summary>
    IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Which records there are: in <see cref="RecordKey.NameOrder"/> where the query begins after a name or has a limit, else in no order. A store that can tell without reading them does, and none need sort a hundred
    /// thousand for whoever wants them all. Versions come along where they cost no reading (<see cref="StoreEntry.Version"/>): nothing may depend on them.
    /// </summary>
    async IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in ListAsync(query, cancellationToken).ConfigureAwait(false)) yield return new StoreEntry(record.Key) { Version = record.Version };
    }

    /// <summary>
    /// One part of the head of each group of a kind's records, in no order. A group are those whose names are the same before their last <c>@</c>, and its head is the one whose name comes last in
    /// <see cref="RecordKey.NameOrder"/>; of a head that is given twice the later one counts. What is cheap comes first: a store may keep the parts of thousands of records in one place, which may be old where somebody
    /// changed a record by hand. Whoever uses the record itself reads it.
    /// </summary>
    async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);

        // In the order of their names: the last one of a group is its head.
        var heads = new Dictionary<string, StorePart>(StringComparer.Ordinal);
        await foreach (var record in ListAsync(new StoreQuery(query.Kind), cancellationToken).ConfigureAwait(false)) heads[RecordRules.GroupOf(record.Key.Name).ToString()] = StorePart.Of(record, query.Part);
        foreach (var head in heads.Values) yield return head;
    }

    /// <summary>Writes the whole record; durable, as far as the store promises it, when the call returns. The version is another one than the record ever had.</summary>
    ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken);

    /// <summary>Removes the record; false where there was none.</summary>
    ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken);

    /// <summary>Sole use of a resource across processes, or null when it is held elsewhere. The same owner may ask again: its older lease is lost then. Fences outlive their leases.</summary>
    ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken);

    /// <summary>Opens the change feed, those of other processes included. The position is fixed when the call returns.</summary>
    ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken);

    /// <summary>What this store, or one that it adds something to, can do besides: the object that does it, or null.</summary>
    TAbility? FindAbility<TAbility>()
        where TAbility : class => this as TAbility;
}
