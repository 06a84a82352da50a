namespace AcmeKestrel;

/// <summary>A CAA record as it stands in DNS (RFC 8659 section 4).</summary>
public sealed record CaaRecord
{
    /// <summary>A record as it was found.</summary>
    public CaaRecord(bool isCritical, string tag, string value, string name) => (IsCritical, Tag, Value, Name) = (isCritical, tag, value, name);

    /// <summary>A CA that does not know the tag must not issue.</summary>
    public bool IsCritical { get; init; }

    /// <summary>Such as <c>issue</c>.</summary>
    public string Tag { get; init; }

    /// <summary>Unparsed.</summary>
    public string Value { get; init; }

    /// <summary>Where it was found.</summary>
    public string Name { get; init; }
}
