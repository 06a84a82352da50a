using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The preferred chain is a wish; no alternate may cost the certificate.</summary>
public sealed class ChainChoiceTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { PreferredChain = "Wished root" };
    private readonly List<string> _fetched = [];
    private readonly TestCa _ca;

    public ChainChoiceTests()
    {
        _ca = new TestCa(_time) { AlternateLink = """<https://ca.test/certificate/2/alt/0>;rel="alternate" """ };
        Offer(_ => Chain("Wished root"));
    }

    [Fact]
    public async Task The_alternate_with_the_preferred_topmost_issuer_is_taken() => Assert.Equal("Wished root", await TopAsync());

    [Fact]
    public async Task A_certificates_own_preference_comes_before_its_providers()
    {
        _settings.PreferredChain = "test ISSUER";

        Assert.Equal("Wished root", await TopAsync(Wishes.Of("shop.test") with { PreferredChain = "Wished root" }));
    }

    [Fact]
    public async Task Without_a_preference_no_alternate_is_fetched()
    {
        _settings.PreferredChain = null;

        Assert.Equal("Test issuer", await TopAsync());
        Assert.Empty(_fetched);
    }

    [Fact]
    public async Task A_default_chain_that_is_the_preferred_one_needs_no_alternate()
    {
        _settings.PreferredChain = "test ISSUER";

        Assert.Equal("Test issuer", await TopAsync());
        Assert.Empty(_fetched);
    }

    [Fact]
    public async Task On_no_match_the_default_chain_is_taken()
    {
        Offer(_ => Chain("Another root"));

        Assert.Equal("Test issuer", await TopAsync());
        Assert.Single(_fetched);
    }

    [Fact]
    public async Task Several_links_in_one_header_and_relative_ones_are_each_tried()
    {
        _ca.AlternateLink = "</certificate/2/alt/0>; rel=alternate, <2/alt/1>;rel=\"alternate\", </dir>;rel=\"index\"";
        Offer(path => path.EndsWith('1') ? Chain("Wished root") : Chain("Another root"));

        Assert.Equal("Wished root", await TopAsync());
        Assert.Equal(2, _fetched.Count);
    }

    [Fact]
    public async Task A_name_in_the_middle_of_a_chain_is_not_its_top()
    {
        Offer(_ => Chain("Wished root", "Another root"));

        Assert.Equal("Test issuer", await TopAsync());
    }

    [Fact]
    public async Task A_chain_that_ends_with_its_root_has_that_root_on_top()
    {
        Offer(_ => Chain("Wished root", "Wished root"));

        Assert.Equal("Wished root", await TopAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, "rateLimited")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "serverInternal")]
    public async Task A_ca_that_asks_to_be_left_alone_is_not_asked_for_the_other_alternates(HttpStatusCode status, string type)
    {
        _ca.AlternateLink = string.Join(", ", Enumerable.Range(0, 5).Select(number => $"</certificate/2/alt/{number}>;rel=\"alternate\""));
        _ca.Alternate = (path, _) =>
        {
            _fetched.Add(path);
            return TestCa.Problem(status, type, "later", retryAfter: 3600);
        };

        Assert.Equal("Test issuer", await TopAsync());
        Assert.Single(_fetched);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("refused")]
    [InlineData("failing")]
    [InlineData("unreachable")]
    [InlineData("damaged")]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("of another")]
    [InlineData("with a gap")]
    public async Task An_alternate_that_is_no_use_is_skipped(string wrong)
    {
        _ca.AlternateLink = "</certificate/2/alt/0>;rel=\"alternate\", </certificate/2/alt/1>;rel=\"alternate\"";
        _ca.Alternate = (path, leaf) =>
        {
            _fetched.Add(path);
            if (path.EndsWith('1')) return TestCa.Pem(leaf + Chain("Wished root"));

            return wrong switch
            {
                "missing" => new HttpResponseMessage(HttpStatusCode.NotFound),
                "refused" => TestCa.Problem(HttpStatusCode.Forbidden, "unauthorized", "not for you"),
                "failing" => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
                "unreachable" => throw new HttpRequestException("The connection was reset."),
                "damaged" => TestCa.Pem(leaf + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                "empty" => TestCa.Pem(""),
                "half" => TestCa.Pem((leaf + Chain("Wished root"))[..^60]),
                "of another" => TestCa.Pem(Chain("Wished root")),
                _ => TestCa.Pem(leaf + Chain("Wished root", "Wished root", gap: true)),
            };
        };

        // The next one is still found, and the order lives.
        Assert.Equal("Wished root", await TopAsync());
        Assert.Equal(2, _fetched.Count);
        Assert.Single(_ca.NewOrders);
    }

    [Theory]
    [InlineData("http://ca.test/certificate/2/alt/0")]
    [InlineData("ftp://ca.test/x")]
    [InlineData("")]
    public async Task A_link_that_is_no_https_url_costs_nothing(string url)
    {
        _ca.AlternateLink = $"<{url}>;rel=\"alternate\"";

        Assert.Equal("Test issuer", await TopAsync());
        Assert.Empty(_fetched);
    }

    [Fact]
    public async Task At_most_eight_alternates_are_fetched()
    {
        _ca.AlternateLink = string.Join(", ", Enumerable.Range(0, 50).Select(i => $"</certificate/2/alt/{i}>;rel=\"alternate\""));
        Offer(_ => Chain("Another root"));

        Assert.Equal("Test issuer", await TopAsync());
        Assert.Equal(8, _fetched.Count);
    }

    /// <summary>Issues, and says who stands above the chain that is served.</summary>
    private async Task<string> TopAsync(Wish? wish = null)
    {
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, new TestStore(_time), [wish ?? Wishes.Of("shop.test")]);
        var status = await edge.SettleAsync("shop.test");
        Assert.Equal((AcmeCertificateState.Served, 0), (status.State, status.Failures));
        using var last = X509CertificateLoader.LoadCertificate(edge.Published.Current["shop.test"].Chain.Intermediates[^1].Span);
        return last.GetNameInfo(X509NameType.SimpleName, forIssuer: true);
    }

    private void Offer(Func<string, string> chain) => _ca.Alternate = (path, leaf) =>
    {
        _fetched.Add(path);
        return TestCa.Pem(leaf + chain(path));
    };

    /// <summary>The leaf's issuer, certified by the first of these names, that one by the next, and so on.</summary>
    private static string Chain(string issuer, string? next = null, bool gap = false)
    {
        var pem = Certificate(gap ? "Somebody" : "Test issuer", issuer);
        return next is null ? pem : pem + Certificate(issuer, next);
    }

    private static string Certificate(string subject, string issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            new X500DistinguishedName($"CN={issuer}"), X509SignatureGenerator.CreateForECDsa(key), new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), [1, 2, 3]);
        return certificate.ExportCertificatePem() + "\n";
    }
}
