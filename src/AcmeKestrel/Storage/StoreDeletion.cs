namespace AcmeKestrel.Storage;

/// <summary>A record to be removed, and on which conditions, as with <see cref="StoreWrite"/>.</summary>
public sealed record StoreDeletion
{
    /// <summary>Removes the record with this key, whatever it holds.</summary>
    public StoreDeletion(RecordKey key) => Key = key;

    /// <summary>The record's name.</summary>
    public RecordKey Key { get; init; }

    /// <summary>Null = whatever is there; else it must be at this version. One that is not there is none at another version.</summary>
    public RecordVersion? Expected { get; init; }

    /// <summary>Of the lease that it is removed under; null: of none.</summary>
    public Fence? Fence { get; init; }
}
