using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;
using AcmeKestrel.LocalCa.Validation;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>dns-account-01 and dns-persist-01 as the embedded CA decides about them.</summary>
public sealed class PersistentRecordTests
{
    private const string Name = "_validation-persist.shop.test";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly PersistentRecord Record = new(["ca.test", "ca.example"], ["https://ca.test/account/1"], Wildcard: false);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "ca.test; accounturi=https://ca.test/account/1")]
    [InlineData(false, " ca.example;AccountURI = https://ca.test/account/1;persistuntil=1800000000;unknown=x")]
    [InlineData(true, "ca.test; accounturi=https://ca.test/account/1; policy=Wildcard")]
    public void A_record_that_names_the_ca_and_the_account_is_proof_whatever_else_is_there(bool wildcard, string text) =>
        Assert.Null((Record with { Wildcard = wildcard }).Judge(Name, ["ca.test; nonsense", "other.test; accounturi=x", text], Now));

    [Theory]
    [InlineData(false, "unauthorized", "other.test; accounturi=https://ca.test/account/1")]
    [InlineData(false, "unauthorized", "ca.test; accounturi=https://ca.test/account/2")]
    [InlineData(false, "unauthorized", "ca.test; accounturi=https://CA.test/account/1")]
    [InlineData(true, "unauthorized", "ca.test; accounturi=https://ca.test/account/1")]
    [InlineData(true, "unauthorized", "ca.test; accounturi=https://ca.test/account/1; policy=all")]
    [InlineData(false, "unauthorized", "ca.test; accounturi=https://ca.test/account/1; persistUntil=1799999999")]
    [InlineData(false, "malformed", "ca.test; accounturi=https://ca.test/account/1; persistUntil=tomorrow")]
    [InlineData(false, "malformed", "ca.test; accounturi=https://ca.test/account/1;")]
    [InlineData(false, "malformed", "ca.test; accounturi=https://ca.test/account/1; accountURI=https://ca.test/account/1")]
    [InlineData(false, "malformed", "ca.test; policy=wildcard")]
    [InlineData(false, "malformed", "ca.test")]
    public void Any_other_is_none(bool wildcard, string type, string text) => Assert.Equal(type, (Record with { Wildcard = wildcard }).Judge(Name, [text], Now)?.Type);

    [Fact]
    public async Task It_is_asked_for_in_pieces_at_the_name_of_its_own()
    {
        var record = Record with { AccountUris = ["https://ca.test/" + new string('a', 300)] };
        var text = $"ca.test; accounturi={record.AccountUris[0]}";
        await using var dns = new StubDns((question, _) => StubDns.Reply(question, StubDns.Text(Name, text[..255], text[255..])));
        var probe = new ChallengeProbe { Type = "dns-persist-01", IdentifierType = "dns", Identifier = "shop.test", Token = "", KeyAuthorization = "", RecordName = Name, Record = record };

        Assert.Null(await new LoopbackValidator(() => new ProbePorts(1, 1), TimeProvider.System, dns.EndPoint) { Deadline = TimeSpan.FromSeconds(30) }.ValidateAsync(probe, Stop));
        Assert.Equal([(Name, 16)], dns.Asked);
    }

    /// <summary>The draft's own vectors.</summary>
    [Fact]
    public void Records_stand_where_the_drafts_say()
    {
        Assert.Equal("_ujmmovf2vn55tgye._acme-challenge.example.org", TxtRecord.NameOf("dns-account-01", "example.org", "https://example.com/acme/acct/ExampleAccount"));
        Assert.Equal(Name, TxtRecord.NameOf("dns-persist-01", "shop.test", "https://ca.test/account/1"));
        Assert.Null(TxtRecord.NameOf("http-01", "shop.test", "https://ca.test/account/1"));
    }

    [Fact]
    public void A_type_without_a_record_is_judged_by_none() => Assert.Throws<InvalidOperationException>(() =>
        new ChallengeProbe { Type = "http-01", IdentifierType = "dns", Identifier = "shop.test", Token = "t", KeyAuthorization = "t.k" }.JudgeRecords(["x"], Now));
}
