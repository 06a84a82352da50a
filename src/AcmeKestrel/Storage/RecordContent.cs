namespace AcmeKestrel.Storage;

/// <summary>What a record holds: one or more parts, written and read together.</summary>
public sealed record RecordContent
{
    /// <summary>A content of these parts.</summary>
    public RecordContent(IReadOnlyList<RecordPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Parts = parts;
    }

    /// <summary>In no particular order; no two have the same name.</summary>
    public IReadOnlyList<RecordPart> Parts { get; init; }

    /// <summary>The bytes of the part with this name, or null.</summary>
    public ReadOnlyMemory<byte>? Find(string part) => Parts.FirstOrDefault(candidate => candidate.Name == part)?.Bytes;
}
