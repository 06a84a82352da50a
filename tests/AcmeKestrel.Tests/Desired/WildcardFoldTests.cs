using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Tests.Configuration;

namespace AcmeKestrel.Tests.Desired;

/// <summary><c>Acme:Wildcards</c>: one certificate for the names of one domain.</summary>
public sealed class WildcardFoldTests
{
    private static readonly AcmeSettings Plain = TestConfiguration.Read(("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:Email", "ops@example.test"));

    private static readonly AcmeSettings Settings = Plain with
    {
        Dns = new DnsSettings { Default = "corp", Providers = new(new Dictionary<string, DnsProviderSetting> { ["corp"] = new("corp", null, new()), ["other"] = new("other", null, new()) }) },
        Defaults = Plain.Defaults with { Wildcards = ["w.test"] },
    };

    [Theory]
    [InlineData("a.w.test", "*.w.test: *.w.test")]
    [InlineData("a.w.test|b.w.test|c.w.test d.w.test", "*.w.test: *.w.test")]
    [InlineData("a.w.test|w.test", "*.w.test: *.w.test w.test")]
    [InlineData("w.test a.w.test|b.w.test", "*.w.test: *.w.test w.test")]
    [InlineData("www.w.test", "*.w.test: *.w.test w.test")]
    [InlineData("a.w.test|x.a.w.test|other.test", "*.w.test: *.w.test|other.test: other.test|x.a.w.test: x.a.w.test")]
    [InlineData("a.w.test other.test|b.w.test", "*.w.test: *.w.test|a.w.test: a.w.test other.test")]
    [InlineData("a.w.test|10.0.0.1", "*.w.test: *.w.test|10.0.0.1: 10.0.0.1")]
    public void Names_of_one_domain_are_one_wildcard(string entries, string expected) =>
        Assert.Equal(expected, Texts(Merge([.. entries.Split('|').Select(names => (AcmeWishSource.Options, Entry(names)))])));

    [Fact]
    public void What_has_settings_or_a_label_of_its_own_keeps_its_certificate()
    {
        DesiredCertificate[] own =
        [
            Entry("a.w.test") with { KeyType = AcmeKeyType.Rsa2048 }, Entry("c.w.test") with { Email = "c@example.test" }, Entry("d.w.test") with { Profile = "p" },
            Entry("e.w.test") with { Challenges = ["http-01"] }, Entry("f.w.test") with { Dns = "other" }, Entry("g.w.test") with { Label = "shop" }, Entry("h.w.test") with { ReuseKey = true },
        ];
        var merged = Merge([(AcmeWishSource.Options, Entry("x.w.test") with { KeyType = AcmeKeyType.P256, Dns = "corp", Email = "ops@example.test" }), .. own.Select(entry => (AcmeWishSource.Desired, entry))]);

        Assert.Equal("*.w.test: *.w.test|a.w.test: a.w.test|c.w.test: c.w.test|d.w.test: d.w.test|e.w.test: e.w.test|f.w.test: f.w.test|h.w.test: h.w.test|shop: g.w.test", Texts(merged));
        Assert.Empty(merged.Problems);
    }

    [Fact]
    public void Names_that_visitors_came_for_fold_too_and_are_renewed_for_their_visitors()
    {
        var now = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        var merged = Merge([.. new[] { "a.w.test", "b.w.test", "other.test" }.Select(name => (AcmeWishSource.OnDemand, new OnDemandName(now, now).Word(name)))]);

        Assert.Equal("*.w.test: *.w.test|other.test: other.test", Texts(merged));
        Assert.All(merged.Wishes, wish => Assert.Equal(now, wish.VisitedAt));
    }

    [Fact]
    public void A_wildcard_that_somebody_wrote_is_the_one_and_keeps_its_settings()
    {
        var merged = Merge([(AcmeWishSource.Options, Entry("a.w.test")), (AcmeWishSource.Options, Entry("*.w.test") with { Label = "wild", KeyType = AcmeKeyType.P384 }), (AcmeWishSource.Yarp, Entry("b.w.test"))]);

        Assert.Equal(("wild: *.w.test", AcmeKeyType.P384), (Texts(merged), merged.Wishes[0].KeyType));
        Assert.Empty(merged.Problems);
    }

    [Fact]
    public void It_is_proven_by_records_and_wished_whoever_leaves()
    {
        var both = Assert.Single(Merge([(AcmeWishSource.Options, Entry("a.w.test")), (AcmeWishSource.Yarp, Entry("b.w.test"))]).Wishes);
        var left = Assert.Single(Merge([(AcmeWishSource.Yarp, Entry("b.w.test"))]).Wishes);

        Assert.Equal("dns-01", both.Challenges[0]);
        Assert.Equal(WishPrint.Of(both, Settings.Providers["mine"]), WishPrint.Of(left, Settings.Providers["mine"]));
    }

    [Fact]
    public void What_the_entry_said_is_kept()
    {
        var entry = WishEntry.Read(AcmeWishSource.Desired, Entry("a.w.test") with { Label = "a.w.test" }, Settings, [])!;

        Assert.Equal((true, "a.w.test", "a.w.test"), (entry.IsFolded, entry.Wording.Label, Assert.Single(entry.Wording.Names)));
    }

    [Theory]
    [InlineData("com", "is a public suffix")]
    [InlineData("*.example.com", "without '*.'")]
    [InlineData("10.0.0.1", "is no domain")]
    [InlineData("example.com", "has no DNS provider")]
    public void What_could_not_be_proven_is_refused_at_start(string domain, string reason) =>
        Assert.Contains(TestConfiguration.Problems(("Acme:Wildcards:0", domain)), problem => problem.StartsWith("Acme:Wildcards:0", StringComparison.Ordinal) && problem.Contains(reason, StringComparison.Ordinal));

    [Fact]
    public void What_the_operator_proves_by_a_record_of_his_own_needs_no_provider() =>
        Assert.Equal(["example.com"], TestConfiguration.Read(("Acme:Wildcards:0", "example.com"), ("Acme:Challenges:0", "dns-persist-01")).Defaults.Wildcards);

    private static DesiredCertificate Entry(string names) => new(names.Split(' '), "from " + names);

    private static MergedWishes Merge((AcmeWishSource Source, DesiredCertificate Certificate)[] entries) => MergedWishes.Of(entries, Settings);

    private static string Texts(MergedWishes merged) => string.Join('|', merged.Wishes.Select(wish => $"{wish.Label}: {string.Join(' ', wish.Required)}"));
}
