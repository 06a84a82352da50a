namespace AcmeKestrel.Storage;

/// <summary>Which records are listed. A property that a later version adds narrows nothing unless it is set.</summary>
public sealed record StoreQuery
{
    /// <summary>All records of this kind.</summary>
    public StoreQuery(RecordKind kind) => Kind = kind;

    /// <summary>Of this kind.</summary>
    public RecordKind Kind { get; init; }

    /// <summary>Only those whose names begin with it; a store reads no others. Null: all.</summary>
    public string? Prefix { get; init; }

    /// <summary>Only those whose names come after it in <see cref="RecordKey.NameOrder"/>. Null: from the first.</summary>
    public string? After { get; init; }

    /// <summary>No more than so many, at least 1; null: all.</summary>
    public int? Limit { get; init; }

    internal bool Includes(string name) =>
        (Prefix is null || name.StartsWith(Prefix, StringComparison.Ordinal)) && (After is null || RecordKey.NameOrder.Compare(name, After) > 0);
}
