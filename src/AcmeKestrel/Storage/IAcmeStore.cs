using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage;

/// <summary>
/// Keeps what must survive a restart as opaque records. One record is one atomic, durable write; there are no transactions over several records: the core orders its writes.
/// Every store passes the same conformance suite. Members throw <see cref="StoreUnavailableException"/> where the medium fails and
/// <see cref="StoreConflictException"/> where another writer was first.
/// </summary>
/// <remarks>
/// Not stable yet, and neither are the types that it takes and gives: the contract may change in any version until a second engine implements it. After that, members that are added
/// have a default implementation. Registering one of the library's stores is safe now.
/// </remarks>
public interface IAcmeStore
{
    /// <summary>The record, or null.</summary>
    ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken);

    /// <summary>All records of a kind in ordinal order of their names, after <paramref name="afterName"/> where given; a damaged one, or one that cannot be read now while others can, is an item with <see cref="StoreRecord.Error"/>.</summary>
    IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, CancellationToken cancellationToken);

    /// <summary>The keys of all records of a kind, in no order. A store that can tell them without reading the records does.</summary>
    async IAsyncEnumerable<RecordKey> ListKeysAsync(RecordKind kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in ListAsync(kind, null, cancellationToken).ConfigureAwait(false)) yield return record.Key;
    }

    /// <summary>The records of a kind whose names begin with <paramref name="prefix"/> and are longer, in ordinal order. A store that can reads no others.</summary>
    async IAsyncEnumerable<StoreRecord> ListPrefixAsync(RecordKind kind, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in ListAsync(kind, prefix, cancellationToken).ConfigureAwait(false))
        {
            if (!record.Key.Name.StartsWith(prefix, StringComparison.Ordinal)) yield break;
            yield return record;
        }
    }

    /// <summary>
    /// One part of the head of each group of a kind's records, in no order. A group are those whose names are the same before their last <c>@</c>, and its head is the one whose name comes last in ordinal
    /// order; of a head that is given twice the later one counts. What is cheap comes first: a store may keep the parts of thousands of records in one place, which may be old where somebody changed a
    /// record by hand. Whoever uses the record itself reads it.
    /// </summary>
    async IAsyncEnumerable<StorePart> ListHeadsAsync(RecordKind kind, string part, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // In ordinal order: the last one of a group is its head.
        var heads = new Dictionary<string, StorePart>(StringComparer.Ordinal);
        await foreach (var record in ListAsync(kind, null, cancellationToken).ConfigureAwait(false)) heads[RecordRules.GroupOf(record.Key.Name).ToString()] = StorePart.Of(record, part);
        foreach (var head in heads.Values) yield return head;
    }

    /// <summary>Writes the whole record; durable when the call returns.</summary>
    /// <param name="expected">Null = whatever is there; <see cref="RecordVersion.Absent"/> = it must not exist; else it must be at this version.</param>
    ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken);

    /// <summary>Removes the record; removing one that is not there is no error.</summary>
    ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken);

    /// <summary>Sole use of a resource across processes, or null when it is held elsewhere.</summary>
    ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>What changes from now on, or after a cursor; ends only with the token.</summary>
    IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken);
}
