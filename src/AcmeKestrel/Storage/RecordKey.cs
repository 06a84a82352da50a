namespace AcmeKestrel.Storage;

/// <summary>Names a record. <paramref name="Name"/> is any text without control characters, at most 600 characters; a store maps it, never joins it into a path.</summary>
public readonly record struct RecordKey(RecordKind Kind, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Name}";
}
