namespace AcmeKestrel.Zones;

/// <summary>Whether CAA records let a CA issue (RFC 8659 section 4, RFC 8657). Pure.</summary>
internal static class CaaRule
{
    private const string Issue = "issue";
    private const string IssueWild = "issuewild";

    /// <summary>Tags that say nothing about issuing server certificates, and that CAs know (RFC 8659 section 4.4, RFC 9495, the Baseline Requirements).</summary>
    private static readonly string[] Others = ["iodef", "issuemail", "issuevmc", "contactemail", "contactphone"];

    /// <summary>Null: it may issue. Else why not.</summary>
    /// <param name="records">The relevant record set: all of one name.</param>
    public static string? WhyNot(IReadOnlyList<CaaRecord> records, bool isWildcard, CaaIssuer issuer)
    {
        if (records.Count == 0 || issuer.Identities.Count == 0) return null;

        var place = $"the CAA records of {records[0].Name}";
        if (records.FirstOrDefault(record => record.IsCritical && !IsKnown(record.Tag)) is { } critical) return $"{place} have the critical tag '{Certificates.PlainText.Of(critical.Tag, 20)}', which forbids issuing to every CA that does not know it";

        var tag = isWildcard && records.Any(record => Is(record, IssueWild)) ? IssueWild : Issue;
        var rules = records.Where(record => Is(record, tag)).Select(record => CaaValue.Parse(record.Value)).ToList();
        if (rules.Count == 0) return null;

        var ours = rules.Where(rule => issuer.Identities.Contains(rule.Issuer, StringComparer.OrdinalIgnoreCase)).ToList();
        if (ours.Count == 0)
        {
            var allowed = rules.Select(rule => rule.Issuer).Where(name => name.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
            return $"{place} allow {(allowed.Count == 0 ? "nobody" : string.Join(", ", allowed.Take(5).Select(name => Certificates.PlainText.Of(name, 60))))} to issue ({tag}), and this CA is {string.Join(", ", issuer.Identities.Take(5))}";
        }

        var ofAccount = ours.Where(rule => rule.AccountUri is null || rule.AccountUri == issuer.AccountUrl).ToList();
        if (ofAccount.Count == 0) return $"{place} allow {ours[0].Issuer} for the account {Certificates.PlainText.Of(ours[0].AccountUri!, 200)} alone (accounturi), and this one is {issuer.AccountUrl}";

        return ofAccount.Exists(rule => rule.Methods is null || issuer.Methods.Any(method => rule.Methods.Contains(method, StringComparer.OrdinalIgnoreCase)))
            ? null
            : $"{place} allow {ofAccount[0].Issuer} by {Certificates.PlainText.Of(string.Join(", ", ofAccount[0].Methods!), 100)} alone (validationmethods), and it would be by {string.Join(" or ", issuer.Methods)}";
    }

    private static bool IsKnown(string tag) => Others.Append(Issue).Append(IssueWild).Contains(tag, StringComparer.OrdinalIgnoreCase);

    private static bool Is(CaaRecord record, string tag) => record.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase);
}
