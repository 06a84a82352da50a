using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>What a record of dns-persist-01 has to say (draft-ietf-acme-dns-persist section 4): one issue-value of RFC 8659 that names this CA and the account.</summary>
/// <param name="Issuers">This CA's names.</param>
/// <param name="AccountUris">The account's.</param>
/// <param name="Wildcard">It has to be good for the names below its own.</param>
internal sealed record PersistentRecord(IReadOnlyList<string> Issuers, IReadOnlyList<string> AccountUris, bool Wildcard)
{
    /// <summary>The account's URL; or, where the CA has a prefix for hashes, those of version 02 of the draft, for this domain and for any.</summary>
    public static IReadOnlyList<string> UrisOf(LocalCaServerOptions options, Account account, string domain, string accountUrl)
    {
        return options.AccountHashPrefix is { } prefix ? [prefix + Hash(domain), prefix + Hash("*")] : [accountUrl];

        string Hash(string of) => "sha-256/" + StrictBase64Url.Encode(SHA256.HashData([(byte)of.Length, .. Encoding.ASCII.GetBytes(of + account.Key.Thumbprint + accountUrl)]));
    }

    /// <summary>Null: one of the texts is such a record.</summary>
    public ChallengeProblem? Judge(string name, IReadOnlyCollection<string> texts, DateTimeOffset now)
    {
        ChallengeProblem? told = null;
        foreach (var text in texts)
        {
            var parts = text.Split(';').Select(part => part.Trim(' ', '\t')).ToArray();
            if (!Issuers.Contains(parts[0])) continue;
            if (ProblemOf(parts[1..], now) is not { } problem) return null;
            told ??= problem with { Detail = $"The record at {name}: {problem.Detail}" };
        }

        return told ?? new ChallengeProblem("unauthorized", $"None of the {texts.Count} TXT records at {name} names this CA, {string.Join(" or ", Issuers)}.");
    }

    private ChallengeProblem? ProblemOf(string[] parameters, DateTimeOffset now)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var parameter in parameters)
        {
            if (parameter.Split('=', 2) is not [var tag, var value]) return Malformed($"'{parameter}' is not tag=value");
            if (!values.TryAdd(tag.Trim(' ', '\t'), value.Trim(' ', '\t'))) return Malformed($"'{tag}' is there twice");
        }

        if (!values.TryGetValue("accounturi", out var account)) return Malformed("there is no accounturi");
        if (!AccountUris.Contains(account)) return Unauthorized($"it is for the account {account}, not for {AccountUris[0]}");
        if (Wildcard && !values.GetValueOrDefault("policy", "").Equals("wildcard", StringComparison.OrdinalIgnoreCase)) return Unauthorized("policy=wildcard is missing");
        if (!values.TryGetValue("persistUntil", out var end)) return null;
        if (!long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var until)) return Malformed($"'{end}' is no time");
        return now.ToUnixTimeSeconds() > until ? Unauthorized($"it ended with persistUntil={end}") : null;
    }

    private static ChallengeProblem Malformed(string detail) => new("malformed", $"{detail}.");

    private static ChallengeProblem Unauthorized(string detail) => new("unauthorized", $"{detail}.");
}
