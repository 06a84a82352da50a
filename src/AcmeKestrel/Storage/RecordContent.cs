namespace AcmeKestrel.Storage;

/// <summary>What a record holds: one or more parts, written and read together.</summary>
public sealed record RecordContent(IReadOnlyList<RecordPart> Parts)
{
    /// <summary>The bytes of the part with this name, or null.</summary>
    public ReadOnlyMemory<byte>? Find(string part) => Parts.FirstOrDefault(candidate => candidate.Name == part)?.Bytes;
}

/// <summary>A named piece of a record; a secret part is readable by nobody but the owner (and the key group, where one is set).</summary>
/// <param name="Name">Lower-case letters, digits, dots and hyphens, at most 40 characters.</param>
public sealed record RecordPart(string Name, ReadOnlyMemory<byte> Bytes, bool Secret = false);
