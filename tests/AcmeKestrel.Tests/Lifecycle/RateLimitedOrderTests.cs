using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Promise 7: a CA that says when to come again is not asked sooner, and a certificate that it issued counts whatever became of it here.</summary>
public sealed class RateLimitedOrderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public RateLimitedOrderTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Neither_a_restart_nor_a_look_for_another_reason_asks_before_retry_after()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many certificates for this set", retryAfter: 86400) : null;
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromHours(1));
        await using var second = await StartAsync();

        for (var hour = 0; hour < 20; hour++)
        {
            second.Wake(["shop.test"]);
            await second.RunAsync(TimeSpan.FromHours(1));
        }

        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));
        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);

        _ca.Instead = (_, _) => null;
        await second.RunAsync(TimeSpan.FromHours(4));
        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);
    }

    /// <summary>The CA's wait binds the account, whatever is wished of it meanwhile: nothing is kept for it but the wait.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Neither_another_wish_nor_one_that_goes_and_comes_back_asks_before_retry_after(bool goes, bool restarts)
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many certificates for this account", retryAfter: 7200) : null;
        var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        if (goes) edge.Drop("shop.test");
        else edge.Wish(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(_store.All(RecordKind.Order));
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await StartAsync();
        }
        else if (goes)
        {
            edge.Wish(Wishes.Of("shop.test"));
        }

        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromMinutes(110));
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.Empty(_store.All(RecordKind.Order));

        await edge.RunAsync(TimeSpan.FromMinutes(15));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task A_look_for_another_reason_does_not_poll_an_order_sooner()
    {
        _ca.RetryAfter = 3600;
        _ca.ProcessingLooks = 1;
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var looks = _ca.Requests.Count(kind => kind == "order-get");

        for (var minute = 0; minute < 30; minute++)
        {
            edge.Wake(["shop.test"]);
            await edge.RunAsync(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(looks, _ca.Requests.Count(kind => kind == "order-get"));
    }

    [Fact]
    public async Task A_certificate_that_was_issued_and_cannot_be_used_is_spent()
    {
        _settings.Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(2, TimeSpan.FromDays(1000)) };
        _ca.Instead = (kind, _) => kind == "certificate" ? new HttpResponseMessage { Content = new StringContent("no chain", null, "application/pem-certificate-chain") } : null;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromDays(20));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
}
