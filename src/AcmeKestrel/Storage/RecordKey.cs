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

    /// <summary>What the record holds.</summary>
    public RecordKind Kind { get; }

    /// <summary>Any text without control characters, at most 600 characters; a store maps it, never joins it into a path.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Name}";
}
