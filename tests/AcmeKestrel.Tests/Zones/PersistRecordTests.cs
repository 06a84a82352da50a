using AcmeKestrel.Zones;
using CsCheck;

namespace AcmeKestrel.Tests.Zones;

public sealed class PersistRecordTests
{
    private const string Account = "https://ca.test/account/1";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly PersistRecord Record = new("shop.test", false, ["ca.test", "ca.example"], [Account, "https://ca.test/hash/sha-256/x"]) { IsCertain = true };

    [Theory]
    [InlineData("ca.test; accounturi=https://ca.test/account/1")]
    [InlineData("ca.example ;\taccounturi = https://ca.test/account/1 ; PersistUntil=1800000000; x=y")]
    [InlineData("ca.test;ACCOUNTURI=https://ca.test/hash/sha-256/x;policy=WILDCARD")]
    public void A_record_of_the_account_proves_the_name(string text) => Assert.Null(PersistRule.WhyNot(["other.test; accounturi=y", text, "noise"], Record, Now));

    [Theory]
    [InlineData("ca.test; accounturi=https://ca.test/account/1; persistUntil=1799999999", "has ended (2027-01-15 07:59:59Z, persistUntil=1799999999)")]
    [InlineData("ca.test; accounturi=https://ca.test/account/1; persistUntil=0", "has ended (1970-01-01 00:00:00Z, persistUntil=0)")]
    [InlineData("ca.test; accounturi=https://ca.test/account/1; persistUntil=soon", "cannot be read: persistUntil is no number of seconds since 1970")]
    [InlineData("ca.test; accounturi=https://ca.test/account/1; persistUntil=-1", "cannot be read: persistUntil is no number")]
    [InlineData("ca.test; accounturi=https://ca.test/Account/1", "is for the account https://ca.test/Account/1, and this one is https://ca.test/account/1")]
    [InlineData("ca.test; accounturi", "cannot be read: 'accounturi' is no tag=value")]
    [InlineData("ca.test; =x", "cannot be read: '=x' is no tag=value")]
    [InlineData("ca.test; accounturi=a b", "cannot be read: the value of accounturi has letters that none may have")]
    [InlineData("ca.test; accounturi=", "cannot be read: it has no accounturi")]
    [InlineData("CA.test; accounturi=https://ca.test/account/1", "is for CA.test, and this CA is ca.test or ca.example")]
    [InlineData("", "is for , and this CA is ca.test or ca.example")]
    public void Any_other_proves_nothing(string text, string reason) =>
        Assert.StartsWith($"the TXT record at _validation-persist.shop.test {reason}", PersistRule.WhyNot([text], Record, Now), StringComparison.Ordinal);

    [Fact]
    public void What_is_wrong_with_each_record_for_the_ca_is_told() => Assert.Equal(
        "the TXT record at _validation-persist.shop.test cannot be read: it has no accounturi, another one does not say policy=wildcard, which *.shop.test needs",
        PersistRule.WhyNot(["ca.test", "ca.test; accounturi=https://ca.test/account/1"], Record with { IsForWildcard = true }, Now));

    [Fact]
    public void A_name_of_the_ca_that_only_a_challenge_can_tell_is_no_fault_before_it()
    {
        Assert.Null(PersistRule.WhyNot([$"alias.test; accounturi={Account}"], Record with { IsCertain = false }, Now));
        Assert.NotNull(PersistRule.WhyNot(["alias.test; accounturi=https://ca.test/account/2"], Record with { IsCertain = false }, Now));
    }

    /// <summary>RFC 1035 section 3.3: a string has 255 bytes at most.</summary>
    [Fact]
    public void A_long_record_is_told_in_pieces_that_a_zone_file_can_have()
    {
        var record = Record with { AccountUris = ["https://ca.test/" + new string('a', 300)], IsForWildcard = true };

        Assert.Equal($"_validation-persist.shop.test. IN TXT \"{record.Value[..255]}\" \"{record.Value[255..]}\"", record.Line);
        Assert.EndsWith("; policy=wildcard\"", record.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_zone_file_would_read_otherwise_is_escaped() => Assert.EndsWith("accounturi=\\\"\\\\\"", (Record with { AccountUris = ["\"\\"] }).Line, StringComparison.Ordinal);

    [Fact]
    public void What_is_told_to_be_set_is_right_when_it_is_set() =>
        Gen.Select(Gen.String[Gen.Char['!', '~'].Where(letter => letter != ';'), 1, 300], Gen.Bool, Gen.String).Sample((account, wildcard, other) =>
            PersistRule.WhyNot([other, new PersistRecord("a.test", wildcard, ["ca.test"], [account]).Value], Record with { AccountUris = [account], IsForWildcard = wildcard }, Now) is null);

    [Fact]
    public void Any_text_is_read() => Gen.String.Sample(text => PersistRule.WhyNot([text, "ca.test;" + text], Record, Now) is not null);
}
