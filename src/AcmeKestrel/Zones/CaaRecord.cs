namespace AcmeKestrel;

/// <summary>A CAA record as it stands in DNS (RFC 8659 section 4).</summary>
/// <param name="IsCritical">A CA that does not know the tag must not issue.</param>
/// <param name="Tag">Such as <c>issue</c>.</param>
/// <param name="Value">Unparsed.</param>
/// <param name="Name">Where it was found.</param>
public sealed record CaaRecord(bool IsCritical, string Tag, string Value, string Name);
