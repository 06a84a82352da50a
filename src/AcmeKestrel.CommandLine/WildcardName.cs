namespace AcmeKestrel.CommandLine;

/// <summary>Names that a certificate is good for without having them. Pure.</summary>
internal static class WildcardName
{
    /// <summary>It has the name, or a wildcard, which stands for exactly one label (RFC 9525 section 6.3).</summary>
    public static bool Covers(IReadOnlyList<string> names, string name) =>
        names.Contains(name) || (name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && names.Contains(string.Concat("*", name.AsSpan(dot))));
}
