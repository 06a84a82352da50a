using System.Text.RegularExpressions;

namespace AcmeKestrel.Dns.Updates;

/// <summary>A key as BIND's tools write it and its configuration includes it: <c>key "name" { algorithm hmac-sha256; secret "..."; };</c></summary>
internal sealed partial record TsigKeyFile(string Name, string? Algorithm, string Secret)
{
    /// <summary>Null: the text is something else, such as the secret alone.</summary>
    public static TsigKeyFile? TryRead(string text)
    {
        if (Key().Match(text) is not { Success: true } key || Clause("secret", key.Groups[2].Value) is not { } secret) return null;
        return new TsigKeyFile(key.Groups[1].Value.TrimEnd('.').ToLowerInvariant(), Clause("algorithm", key.Groups[2].Value)?.TrimEnd('.').ToLowerInvariant(), secret);
    }

    private static string? Clause(string name, string body) => Clauses().Matches(body).FirstOrDefault(clause => clause.Groups[1].Value == name)?.Groups[2].Value;

    [GeneratedRegex("""^(?:(?://|#)[^\n]*\n|\s)*key\s+"?([^\s"{};]+)"?\s*\{([^{}]*)\}\s*;\s*$""", RegexOptions.NonBacktracking)]
    private static partial Regex Key();

    [GeneratedRegex("""(algorithm|secret)\s+"?([^\s"{};]+)"?\s*;""", RegexOptions.NonBacktracking)]
    private static partial Regex Clauses();
}
