namespace AcmeKestrel.Storage;

/// <summary>That a record is there, without what it holds.</summary>
public sealed record StoreEntry
{
    /// <summary>The record with this key.</summary>
    public StoreEntry(RecordKey key) => Key = key;

    /// <summary>Its name.</summary>
    public RecordKey Key { get; init; }

    /// <summary>
    /// The mark of what it holds, as reading it would tell; null where the store would have to read the record for that, as the state directory (an edit by hand is another version, too) and Redis (its names stand apart from
    /// its records) would. A store says it of all its records or of none.
    /// </summary>
    public RecordVersion? Version { get; init; }
}
