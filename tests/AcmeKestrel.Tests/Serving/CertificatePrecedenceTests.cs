using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Which of several certificates a visitor sees, that for unknown names among them.</summary>
public sealed class CertificatePrecedenceTests
{
    private static readonly TestCa Ca = new();

    [Fact]
    public async Task An_expired_certificate_that_is_published_last_does_not_beat_a_valid_one_for_its_name()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("a", KeyFamily.P256, Days(60), "shop.test"), Ca.Issue("z", KeyFamily.P256, Days(-3), "shop.test"));

        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task An_expired_exact_name_does_not_hide_a_live_wildcard()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("all", KeyFamily.P256, Days(60), "*.shop.test"), Ca.Issue("www", KeyFamily.P256, Days(-3), "www.shop.test"));

        Assert.True((await TlsClient.VisitAsync(edge.Https, "www.shop.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task An_expired_certificate_is_served_before_the_fallback()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("shop.test", KeyFamily.P256, Days(-3), "shop.test"));

        Assert.Equal("shop.test", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_client_without_ecdsa_gets_the_rsa_certificate_where_there_are_both()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("shop.test"), Ca.Issue("shop.test+rsa", KeyFamily.Rsa, Days(30), "shop.test"));
        var old = TlsClient.Options("shop.test", "http/1.1");
        old.EnabledSslProtocols = SslProtocols.Tls12;
        old.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]);

        Assert.Equal("1.2.840.113549.1.1.1", (await TlsClient.ConnectAsync(edge.Https, old)).Leaf.PublicKey.Oid.Value);
        Assert.Equal("1.2.840.10045.2.1", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Leaf.PublicKey.Oid.Value);
    }

    [Fact]
    public async Task A_client_that_connects_to_an_address_gets_the_addresss_certificate()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("127.0.0.1"));

        Assert.Equal("127.0.0.1", (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
    }

    private static DateTimeOffset Days(int days) => DateTimeOffset.UtcNow.AddDays(days);
}
