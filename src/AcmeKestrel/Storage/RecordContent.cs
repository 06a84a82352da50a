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

    /// <summary>The same parts with the same bytes, in whatever order. Who may read one is not compared: not every medium keeps that.</summary>
    internal bool HoldsTheSameAs(RecordContent other) =>
        Parts.Count == other.Parts.Count && Parts.All(part => other.Find(part.Name) is { } bytes && bytes.Span.SequenceEqual(part.Bytes.Span));
}
