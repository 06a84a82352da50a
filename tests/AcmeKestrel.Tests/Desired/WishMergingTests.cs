using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Configuration;
using CsCheck;

namespace AcmeKestrel.Tests.Desired;

public sealed class WishMergingTests
{
    private static readonly AcmeSettings Settings = TestConfiguration.Read(
        ("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:Providers:mine:Profile", "short"), ("Acme:Email", "ops@example.test")) with
    {
        Dns = new DnsSettings { Zones = [("w.test", "corp")] },
    };

    [Fact]
    public void A_wish_gets_the_defaults_where_its_source_says_nothing()
    {
        var wish = Assert.Single(Merge((AcmeWishSource.Desired, Entry("a.test b.test"))).Wishes);

        Assert.Equal(("a.test", "mine", "ops@example.test", AcmeKeyType.P256, "short"), (wish.Label, wish.Provider, wish.Email, wish.KeyType, wish.Profile));
        Assert.Equal((AcmeWishSource.Desired, "from a.test b.test"), (wish.Source, wish.Origin));
        Assert.Equal(["tls-alpn-01", "http-01"], wish.Challenges);
    }

    [Fact]
    public void What_a_source_says_is_kept()
    {
        var entry = Entry("a.test", "Shop") with { Provider = "LetsEncrypt-staging", Email = "a@a.test", KeyType = AcmeKeyType.P384, Profile = "p", Challenges = ["http-01"], Names = ["acmekestrel.dev"] };

        var wish = Assert.Single(Merge((AcmeWishSource.Api, entry)).Wishes);

        Assert.Equal(("shop", "letsencrypt-staging", "a@a.test", AcmeKeyType.P384, "p"), (wish.Label, wish.Provider, wish.Email, wish.KeyType, wish.Profile));
        Assert.Equal(["http-01"], wish.Challenges);
    }

    [Theory]
    [InlineData("letsencrypt", "9.9.9.9", null, "shortlived", "which is asked for by itself")]
    [InlineData("letsencrypt-staging", "acmekestrel.dev 2620:fe::9", null, "shortlived", "letsencrypt-staging issues for addresses with the profile 'shortlived' alone")]
    [InlineData("letsencrypt", "acmekestrel.dev", null, null, null)]
    [InlineData("letsencrypt", "9.9.9.9", "tlsserver", "tlsserver", "likely to refuse")]
    [InlineData("letsencrypt", "9.9.9.9", "shortlived", "shortlived", null)]
    [InlineData("mine", "9.9.9.9", null, "short", null)]
    [InlineData("google", "9.9.9.9", null, null, null)]
    public void An_address_is_ordered_with_the_profile_without_which_the_CA_issues_for_none_and_that_is_said(string provider, string names, string? profile, string? expected, string? remark)
    {
        var wish = Assert.Single(Merge((AcmeWishSource.Options, Entry(names) with { Provider = provider, Profile = profile })).Wishes);

        Assert.Equal(expected, wish.ProfileAt(Settings.Providers[provider]));
        if (remark is null) Assert.Null(wish.ProfileRemark);
        else Assert.Contains(remark, wish.ProfileRemark, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_CA_is_asked_for_its_own_profile_for_an_address()
    {
        var wish = Assert.Single(Merge((AcmeWishSource.Options, Entry("9.9.9.9") with { Provider = "google", FallbackProviders = ["letsencrypt"] })).Wishes);

        Assert.Equal((null, "shortlived"), (wish.ProfileAt(Settings.Providers["google"]), wish.ProfileAt(Settings.Providers["letsencrypt"])));
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("true", null, true)]
    [InlineData("true", false, false)]
    [InlineData("false", true, true)]
    public void Whether_the_profile_is_required_is_the_certificates_word_before_the_providers(string? provider, bool? certificate, bool expected)
    {
        var settings = TestConfiguration.Read(("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:Providers:mine:RequireProfile", provider));

        var wish = Assert.Single(MergedWishes.Of([(AcmeWishSource.Options, Entry("a.test") with { RequireProfile = certificate })], settings).Wishes);

        Assert.Equal(expected, wish.RequireProfile);
    }

    [Fact]
    public void A_host_belongs_to_the_highest_source_and_the_rest_is_still_ordered()
    {
        var merged = Merge((AcmeWishSource.Yarp, Entry("a.test")), (AcmeWishSource.Desired, Entry("a.test c.test")), (AcmeWishSource.Options, Entry("b.test a.test")));

        Assert.Equal(["b.test: b.test a.test", "c.test: c.test"], Texts(merged));
        Assert.Empty(merged.Problems);
    }

    [Fact]
    public void The_sources_of_the_library_stand_in_the_order_that_is_promised()
    {
        AcmeWishSource[] promised = [AcmeWishSource.Options, AcmeWishSource.Want, AcmeWishSource.Desired, AcmeWishSource.Api, AcmeWishSource.Yarp, AcmeWishSource.OnDemand];

        Assert.Equal(promised, promised.Reverse().OrderBy(source => source.Precedence));
    }

    [Fact]
    public void A_source_of_a_users_own_stands_where_its_number_says()
    {
        var own = new AcmeWishSource("Consul", 3500);
        var merged = Merge(
            (AcmeWishSource.Api, Entry("a.test")), (own, Entry("a.test b.test")), (new AcmeWishSource("Consul", 3500), Entry("b.test c.test")), (AcmeWishSource.Desired, Entry("b.test d.test")));

        Assert.Equal(["a.test: a.test", "b.test: b.test d.test", "c.test: c.test"], Texts(merged));
        Assert.Equal(own, merged.Wishes.Single(wish => wish.Label == "a.test").Source);
    }

    [Fact]
    public void Two_sources_with_one_number_are_told_apart_by_their_names()
    {
        var (etcd, consul) = (new AcmeWishSource("etcd", 3500), new AcmeWishSource("consul", 3500));
        var merged = Merge((etcd, Entry("a.test e.test")), (consul, Entry("a.test c.test")));

        Assert.Equal(["a.test: a.test c.test", "e.test: e.test"], Texts(merged));
        Assert.Empty(merged.Problems);
    }

    [Fact]
    public void A_label_belongs_to_the_highest_source_and_the_loser_is_told()
    {
        var merged = Merge((AcmeWishSource.Desired, Entry("x.test", "shop")), (AcmeWishSource.Options, Entry("shop.test", "SHOP")));

        Assert.Equal(["shop: shop.test"], Texts(merged));
        var problem = Assert.Single(merged.Problems);
        Assert.Equal("from x.test", problem.Origin);
        Assert.Contains("'shop' belongs to from shop.test", problem.Message);
        Assert.Contains("x.test", problem.Message);
    }

    [Fact]
    public void A_name_that_one_source_wishes_twice_is_ordered_once_and_reported()
    {
        var merged = Merge((AcmeWishSource.Options, Entry("b.test a.test")), (AcmeWishSource.Options, Entry("a.test")));

        Assert.Equal(["a.test: a.test", "b.test: b.test"], Texts(merged));
        Assert.Equal("from b.test a.test", Assert.Single(merged.Problems).Origin);
    }

    [Fact]
    public void A_wildcard_covers_one_label_in_its_own_and_in_lower_sources()
    {
        var wildcard = Entry("*.w.test") with { Challenges = ["dns-01"] };

        var merged = Merge(
            (AcmeWishSource.Desired, Entry("a.w.test")), (AcmeWishSource.Desired, wildcard), (AcmeWishSource.Yarp, Entry("b.w.test")),
            (AcmeWishSource.Yarp, Entry("w.test")), (AcmeWishSource.Yarp, Entry("a.b.w.test")), (AcmeWishSource.Options, Entry("own.w.test")));

        Assert.Equal(["*.w.test: *.w.test", "a.b.w.test: a.b.w.test", "own.w.test: own.w.test", "w.test: w.test"], Texts(merged));
        Assert.Empty(merged.Problems);
    }

    [Fact]
    public void A_name_under_a_wildcard_of_the_same_entry_is_not_ordered()
    {
        var merged = Merge((AcmeWishSource.Api, Entry("a.w.test *.w.test w.test") with { Challenges = ["dns-01"] }));

        Assert.Equal(["*.w.test: *.w.test w.test"], Texts(merged));
    }

    [Fact]
    public void Every_fault_of_an_entry_is_named_and_the_whole_entry_is_held()
    {
        var merged = Merge((AcmeWishSource.Api, Entry("good.test a_b.test c..test", "no good") with { Provider = "nobody", Challenges = ["dns-02"] }));

        Assert.Empty(merged.Wishes);
        Assert.Equal(5, merged.Problems.Count);
        Assert.All(merged.Problems, problem => Assert.Equal("from good.test a_b.test c..test", problem.Origin));
    }

    [Fact]
    public void An_entry_without_names_is_a_problem() => Assert.Contains("names nothing", OneProblem(new DesiredCertificate([], "from") { Label = "x" }).Message);

    [Theory]
    [InlineData("shop.test")]
    [InlineData("app.localhost")]
    [InlineData("intranet")]
    [InlineData("192.168.0.1")]
    public void Special_names_never_go_to_a_public_CA(string name)
    {
        Assert.Contains("never sent to the public CA 'letsencrypt'", OneProblem(Entry(name) with { Provider = "letsencrypt" }).Message);
        Assert.Single(Merge((AcmeWishSource.Api, Entry(name))).Wishes);
    }

    [Theory]
    [InlineData("www.shop.test", "shop.test")]
    [InlineData("www.shop.co.uk", "shop.co.uk")]
    [InlineData("www.co.uk", "")]
    [InlineData("www.github.io", "")]
    [InlineData("www.test", "")]
    [InlineData("www2.shop.test", "")]
    [InlineData("shop.test", "")]
    [InlineData("www.shop.test shop.test", "")]
    [InlineData("www.a.test www.b.test", "a.test b.test")]
    public void The_bare_domain_beside_www_is_asked_for_as_well(string names, string optional) =>
        Assert.Equal(optional, string.Join(' ', Assert.Single(Merge((AcmeWishSource.Api, Entry(names))).Wishes).Optional));

    [Fact]
    public void The_bare_domain_is_left_to_whoever_wishes_or_covers_it()
    {
        var merged = Merge(
            (AcmeWishSource.Options, Entry("www.a.test")), (AcmeWishSource.Yarp, Entry("a.test")), (AcmeWishSource.Options, Entry("www.x.w.test")),
            (AcmeWishSource.Api, Entry("*.w.test") with { Challenges = ["dns-01"] }), (AcmeWishSource.Options, Entry("www.c.test") with { IncludeBareDomain = false }));

        Assert.All(merged.Wishes, wish => Assert.Empty(wish.Optional));
    }

    [Fact]
    public void Merging_is_blind_to_the_order_of_entries() => Generated.Sample(entries =>
    {
        var (forward, backward) = (Merge([.. entries]), Merge([.. entries.Reverse()]));

        Assert.Equal(Texts(forward), Texts(backward));
        Assert.Equal(forward.Problems, backward.Problems);
    });

    [Fact]
    public void No_name_and_no_label_is_wished_twice() => Generated.Sample(entries =>
    {
        var wishes = Merge(entries).Wishes;

        Assert.Equal(wishes.Count, wishes.Select(wish => wish.Label).Distinct().Count());
        var names = wishes.SelectMany(wish => wish.Required.Concat(wish.Optional)).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(wishes, wish => Assert.NotEmpty(wish.Required));
    });

    [Fact]
    public void Every_name_of_an_entry_without_a_problem_is_covered() => Generated.Sample(entries =>
    {
        var merged = Merge(entries);
        var held = merged.Problems.Select(problem => problem.Origin).ToHashSet();
        var covered = merged.Wishes.SelectMany(wish => wish.Required).Select(name => name.Value).ToHashSet();

        var wanted = entries.Where(entry => !held.Contains(entry.Certificate.Origin)).SelectMany(entry => entry.Certificate.Names);

        Assert.All(wanted, name => Assert.True(covered.Contains(name) || covered.Contains("*" + name[name.IndexOf('.', StringComparison.Ordinal)..]), name));
    });

    private static Gen<(AcmeWishSource Source, DesiredCertificate Certificate)[]> Generated { get; } = Gen.Select(
            AnyOf(AcmeWishSource.Options, AcmeWishSource.Want, AcmeWishSource.Desired, new AcmeWishSource("Consul", 3500), AcmeWishSource.Api, AcmeWishSource.Yarp, AcmeWishSource.OnDemand),
            AnyOf("a.test", "b.test", "www.a.test", "*.a.test", "x.a.test", "www.x.a.test", "bad_.test", "c.test").Array[1, 3],
            AnyOf(null, null, "one", "a.test"),
            Gen.Bool,
            (source, names, label, dns) => (source, new DesiredCertificate(names, $"from {source} {label} {dns} {string.Join(' ', names)}") { Label = label, Challenges = dns ? ["dns-01"] : null }))
        .Array[0, 6];

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static DesiredCertificate Entry(string names, string? label = null) => new(names.Split(' '), "from " + names) { Label = label };

    private static MergedWishes Merge(params (AcmeWishSource Source, DesiredCertificate Certificate)[] wishes) => MergedWishes.Of(wishes, Settings);

    private static DesiredProblem OneProblem(DesiredCertificate entry)
    {
        var merged = Merge((AcmeWishSource.Api, entry));
        Assert.Empty(merged.Wishes);
        return Assert.Single(merged.Problems);
    }

    private static IEnumerable<string> Texts(MergedWishes merged) => merged.Wishes.Select(wish => $"{wish.Label}: {string.Join(' ', wish.Required)}");
}
