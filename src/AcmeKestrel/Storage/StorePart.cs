namespace AcmeKestrel.Storage;

/// <summary>One part of one record, as a list of many gives it.</summary>
public sealed record StorePart
{
    /// <summary>The part of the record with this key.</summary>
    public StorePart(RecordKey key, ReadOnlyMemory<byte>? bytes) => (Key, Bytes) = (key, bytes);

    /// <summary>The record's.</summary>
    public RecordKey Key { get; init; }

    internal static StorePart Of(StoreRecord record, string part) => new(record.Key, record is { Error: null, Content: { } content } ? content.Find(part) : null);

    /// <summary>What the part holds; null where the record has no such part or may be damaged: reading the record tells.</summary>
    public ReadOnlyMemory<byte>? Bytes { get; init; }
}
