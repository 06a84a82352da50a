namespace AcmeKestrel.Storage;

/// <summary>A record to be written, and on which conditions. The conditions and the write are one step: nobody comes in between.</summary>
public sealed record StoreWrite
{
    /// <summary>Writes this under that key, whatever is there.</summary>
    public StoreWrite(RecordKey key, RecordContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        (Key, Content) = (key, content);
    }

    /// <summary>The record's name.</summary>
    public RecordKey Key { get; init; }

    /// <summary>All that it holds afterwards. The store keeps a copy of its own.</summary>
    public RecordContent Content { get; init; }

    /// <summary>Null = whatever is there; <see cref="RecordVersion.Absent"/> = it must not exist; else it must be at this version.</summary>
    public RecordVersion? Expected { get; init; }

    /// <summary>Of the lease that it is written under; null: of none.</summary>
    public Fence? Fence { get; init; }
}
