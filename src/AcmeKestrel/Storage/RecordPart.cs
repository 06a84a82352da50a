namespace AcmeKestrel.Storage;

/// <summary>A named piece of a record.</summary>
public sealed record RecordPart
{
    /// <summary>A piece with this name.</summary>
    public RecordPart(string name, ReadOnlyMemory<byte> bytes, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, Bytes, Secret) = (name, bytes, secret);
    }

    /// <summary>Lower-case letters, digits, dots and hyphens, at most 40 characters.</summary>
    public string Name { get; init; }

    /// <summary>What it holds.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Readable by nobody but the owner (and the key group, where one is set).</summary>
    public bool Secret { get; init; }
}
