using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class ProfileTests
{
    private static readonly Dictionary<string, LocalCaProfile> Two = new()
    {
        ["classic"] = new LocalCaProfile("https://ca.test/classic", TimeSpan.FromDays(90)),
        ["shortlived"] = new LocalCaProfile("Six days", TimeSpan.FromDays(6)),
    };

    private readonly Desks _desks = new();

    [Theory]
    [InlineData("shortlived", null, "shortlived", 6)]
    [InlineData("classic", "shortlived", "classic", 90)]
    [InlineData(null, "shortlived", "shortlived", 6)]
    [InlineData(null, null, null, 30)]
    public void A_certificate_lives_as_its_profile_says(string? asked, string? preferred, string? profile, int days)
    {
        _desks.Options.Profiles = Two;
        _desks.Options.DefaultProfile = preferred;
        _desks.Options.CertificateLifetime = TimeSpan.FromDays(30);
        var account = _desks.NewAccount();

        Assert.Equal(profile, _desks.Order(account, ["shop.test"], asked).Profile);
        var issued = _desks.Issue(account, ["shop.test"], asked);
        Assert.Equal(TimeSpan.FromDays(days), issued.NotAfter - issued.NotBefore + TimeSpan.FromSeconds(1));
    }

    /// <summary>Both ends of a validity count (RFC 5280 section 4.1.2.5): what lives for less has no certificate, and finalize would fail.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(-1000)]
    public void A_certificate_lives_for_a_second_at_least(int milliseconds)
    {
        var lifetime = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => _desks.Options.CertificateLifetime = lifetime);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalCaProfile("Short", lifetime));

        _desks.Options.CertificateLifetime = TimeSpan.FromSeconds(1);
        var issued = _desks.Issue(_desks.NewAccount(), ["shop.test"]);
        Assert.Equal(issued.NotBefore, issued.NotAfter);
    }

    [Theory]
    [InlineData(true, "tlsserver")]
    [InlineData(true, "Classic")]
    [InlineData(true, "")]
    [InlineData(false, "classic")]
    public void A_profile_that_is_not_listed_is_refused(bool any, string asked)
    {
        if (any) _desks.Options.Profiles = Two;

        Assert.Equal(("invalidProfile", 400), Desks.Refused(() => _desks.Order(_desks.NewAccount(), ["shop.test"], asked)));
    }

    [Fact]
    public void A_profile_dropped_while_the_order_waits_is_refused_at_finalize_and_the_order_stays_ready()
    {
        _desks.Options.Profiles = Two;
        var account = _desks.NewAccount();
        var order = _desks.Prove(account, _desks.Order(account, ["shop.test"], "shortlived"));
        _desks.Options.Profiles = new Dictionary<string, LocalCaProfile> { ["classic"] = Two["classic"] };

        Assert.Equal(("invalidProfile", 400), Desks.Refused(() => _desks.Finalize(account, order)));
        Assert.Equal(Status.Ready, _desks.Orders.Poll(account, order.Id).Status);
    }

    [Fact]
    public void A_reused_order_has_the_same_profile()
    {
        (_desks.Options.Profiles, _desks.Options.OrderReuse) = (Two, true);
        var account = _desks.NewAccount();
        var first = _desks.Order(account, ["shop.test"], "classic");

        Assert.NotEqual(first.Id, _desks.Order(account, ["shop.test"], "shortlived").Id);
        Assert.NotEqual(first.Id, _desks.Order(account, ["shop.test"]).Id);
        Assert.Equal(first.Id, _desks.Order(account, ["shop.test"], "classic").Id);
    }

    [Fact]
    public async Task Profiles_are_announced_and_echoed()
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { Profiles = Two });
        await ca.Client.UrlAsync("newOrder");

        var announced = ca.Client.Directory!["meta"]!["profiles"]!.AsObject();
        Assert.Equal([("classic", "https://ca.test/classic"), ("shortlived", "Six days")], announced.Select(p => (p.Key, (string)p.Value!)));
        Assert.Equal("shortlived", (string)(await ca.OrderAsync("shop.test", ("profile", "shortlived"))).Json["profile"]!);
        Assert.Null((await ca.OrderAsync("shop.test")).Json["profile"]);
        Assert.Equal((400, "invalidProfile"), await ca.OrderAsync("shop.test", ("profile", "x")) is var refused ? (refused.Status, refused.Problem) : default);
        using var leaf = await ca.CertificateAsync("shop.test", ("profile", "shortlived"));
        Assert.Equal(ca.Time.GetUtcNow().AddDays(6).AddSeconds(-1), leaf.NotAfter);
    }

    [Fact]
    public async Task Without_profiles_none_are_announced()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        await ca.Client.UrlAsync("newOrder");

        Assert.Null(ca.Client.Directory!["meta"]!["profiles"]);
    }
}
