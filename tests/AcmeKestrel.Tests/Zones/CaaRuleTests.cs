using AcmeKestrel.Zones;

namespace AcmeKestrel.Tests.Zones;

/// <summary>RFC 8659 section 4 and RFC 8657.</summary>
public sealed class CaaRuleTests
{
    private static readonly CaaIssuer Issuer = new(["ca.test", "ca.example"], "https://ca.test/account/1", ["http-01", "dns-01"]);

    /// <summary>Records as in a zone file, separated by '|'; '!' = critical.</summary>
    [Theory]
    [InlineData("issue ca.test", null)]
    [InlineData("issue CA.Example", null)]
    [InlineData("Issue ca.test;", null)]
    [InlineData("issue other.test|issue ca.test", null)]
    [InlineData("iodef mailto:ops@example.com", null)]
    [InlineData("!issue ca.test", null)]
    [InlineData("issuewild other.test", null)]
    [InlineData("issue ;", "allow nobody to issue (issue), and this CA is ca.test, ca.example")]
    [InlineData("issue other.test", "allow other.test to issue (issue)")]
    [InlineData("issue ca.test ; accounturi=https://ca.test/account/1", null)]
    [InlineData("issue ca.test; accounturi = https://ca.test/account/1 ; validationmethods=dns-01,http-01", null)]
    [InlineData("issue ca.test; accounturi=https://ca.test/account/2", "for the account https://ca.test/account/2 alone (accounturi), and this one is https://ca.test/account/1")]
    [InlineData("issue ca.test; accounturi=https://ca.test/account/2|issue ca.test; accounturi=https://ca.test/account/1", null)]
    [InlineData("issue ca.test; validationmethods=tls-alpn-01", "by tls-alpn-01 alone (validationmethods), and it would be by http-01 or dns-01")]
    [InlineData("issue ca.test; accounturi=https://ca.test/account/1; accounturi=https://ca.test/account/2", "allow nobody")]
    [InlineData("issue ca.test; nonsense", "allow nobody")]
    [InlineData("issue ca.test; unknown=x", null)]
    [InlineData("!future x|issue ca.test", "have the critical tag 'future'")]
    [InlineData("future x|issue ca.test", null)]
    public void A_name_may_be_issued_for_or_the_reason_is_told(string records, string? reason)
    {
        var told = CaaRule.WhyNot(Records(records), isWildcard: false, Issuer);

        if (reason is null) Assert.Null(told);
        else Assert.Contains(reason, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issue other.test|issuewild ca.test", null)]
    [InlineData("issue ca.test", null)]
    [InlineData("issue ca.test|issuewild ;", "allow nobody to issue (issuewild)")]
    public void A_wildcard_goes_by_its_own_tag_where_there_is_one(string records, string? reason)
    {
        var told = CaaRule.WhyNot(Records(records), isWildcard: true, Issuer);

        if (reason is null) Assert.Null(told);
        else Assert.Contains(reason, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ca_that_does_not_say_who_it_is_is_not_judged() => Assert.Null(CaaRule.WhyNot(Records("issue other.test"), false, Issuer with { Identities = [] }));

    private static List<CaaRecord> Records(string text) =>
        [.. text.Split('|').Select(record => record.Split(' ', 2)).Select(parts => new CaaRecord(parts[0].StartsWith('!'), parts[0].TrimStart('!'), parts[1], "example.com"))];
}
