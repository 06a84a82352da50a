namespace AcmeKestrel.Storage;

/// <summary>Names a record.</summary>
public readonly record struct RecordKey
{
    /// <summary>The key of a record of this kind.</summary>
    public RecordKey(RecordKind kind, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Kind, Name) = (kind, name);
    }

    /// <summary>The order in which stores list names: by their bytes in UTF-8, which is the order of their code points (PostgreSQL's collation <c>C</c>, Redis' <c>ZRANGEBYLEX</c>).</summary>
    public static IComparer<string> NameOrder { get; } = Comparer<string>.Create(CompareNames);

    /// <summary>What the record holds.</summary>
    public RecordKind Kind { get; }

    /// <summary>Any text without control characters, at most 600 characters; a store maps it, never joins it into a path.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Name}";

    /// <summary>UTF-16 has the order of UTF-8 but for surrogates, which stand for what comes last.</summary>
    private static int CompareNames(string one, string other)
    {
        var at = one.AsSpan().CommonPrefixLength(other);
        if (at == one.Length || at == other.Length) return one.Length - other.Length;
        return char.IsSurrogate(one[at]) == char.IsSurrogate(other[at]) ? one[at] - other[at] : char.IsSurrogate(one[at]) ? 1 : -1;
    }
}
