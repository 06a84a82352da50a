namespace AcmeKestrel.Storage;

/// <summary>That a record is there, without what it holds.</summary>
public sealed record StoreEntry
{
    /// <summary>The record with this key.</summary>
    public StoreEntry(RecordKey key) => Key = key;

    /// <summary>Its name.</summary>
    public RecordKey Key { get; init; }

    /// <summary>The mark of what it holds; null where the store would have to read the record to tell.</summary>
    public RecordVersion? Version { get; init; }
}
