using System.Text;

namespace AcmeKestrel.Zones;

/// <summary>A record of dns-persist-01 as it is to stand in DNS (draft-ietf-acme-dns-persist section 4.1). Pure.</summary>
/// <param name="Domain">What it proves, without <c>*.</c>.</param>
/// <param name="IsForWildcard">Names directly below it, too.</param>
/// <param name="Issuers">The CA's names; any of them will do.</param>
/// <param name="AccountUris">The account's; any of them will do.</param>
internal sealed record PersistRecord(string Domain, bool IsForWildcard, IReadOnlyList<string> Issuers, IReadOnlyList<string> AccountUris)
{
    /// <summary>RFC 1035 section 3.3: a text of more has several strings.</summary>
    private const int LongestString = 255;

    /// <summary>The CA has said of just this challenge which of its names count. Before that a record by another name that is for this account may be right.</summary>
    public bool IsCertain { get; init; }

    public string Name => $"_validation-persist.{Domain}";

    /// <summary>Its text.</summary>
    public string Value => $"{Issuers[0]}; accounturi={AccountUris[0]}{(IsForWildcard ? "; policy=wildcard" : "")}";

    /// <summary>As a line of a zone file, which an operator can copy.</summary>
    public string Line => $"{Name}. IN TXT {string.Join(' ', Value.Chunk(LongestString).Select(part => Quoted(new string(part))))}";

    private static string Quoted(string part)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in part) quoted.Append(letter is '"' or '\\' ? "\\" : "").Append(letter);
        return quoted.Append('"').ToString();
    }
}
