using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Which of several certificates a visitor sees.</summary>
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

    private static DateTimeOffset Days(int days) => DateTimeOffset.UtcNow.AddDays(days);
}
