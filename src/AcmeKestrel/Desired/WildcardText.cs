namespace AcmeKestrel.Desired;

/// <summary>Which wildcard stands for a name: exactly one label is under it (RFC 6125 section 6.4.3). All on canonical texts.</summary>
internal static class WildcardText
{
    /// <summary>Null: none can.</summary>
    public static string? Above(string name) =>
        !IsWildcard(name) && !name.Contains(':') && name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? string.Concat("*", name.AsSpan(dot)) : null;

    public static bool IsWildcard(string name) => name.StartsWith("*.", StringComparison.Ordinal);
}
