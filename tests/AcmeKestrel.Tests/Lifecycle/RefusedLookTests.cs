using System.Net;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An order that was finalized, and a look at it that is refused: by a firewall, or by a replica that lags behind. The certificate exists, or comes, all the same.</summary>
public sealed class RefusedLookTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public RefusedLookTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time) { ProcessingLooks = 3 });

    [Theory]
    [InlineData("order-get", HttpStatusCode.Forbidden, false)]
    [InlineData("order-get", HttpStatusCode.NotFound, false)]
    [InlineData("order-get", HttpStatusCode.NotFound, true)]
    [InlineData("certificate", HttpStatusCode.Forbidden, false)]
    [InlineData("certificate", HttpStatusCode.NotFound, false)]
    [InlineData("certificate", HttpStatusCode.Gone, false)]
    public async Task It_is_looked_at_again_and_nothing_is_bought_twice(string kind, HttpStatusCode status, bool restarts)
    {
        var refused = 0;
        _ca.Instead = (asked, _) => asked == kind && _ca.Certificates.Count == 1 && refused < 3 && ++refused > 0 ? new HttpResponseMessage(status) : null;
        var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await StartAsync();
        }

        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(3, refused);
        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Single(_ca.NewOrders);
        await edge.DisposeAsync();
    }

    /// <summary>What it is refused for is said meanwhile, and the CA is not asked without end.</summary>
    [Fact]
    public async Task A_block_of_hours_is_waited_for()
    {
        var isBlocked = true;
        _ca.Instead = (asked, _) => asked == "order-get" && _ca.Certificates.Count == 1 && isBlocked ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromHours(5));
        Assert.Contains("answered 403", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.InRange(_ca.Requests.Count(kind => kind == "order-get"), 10, 200);

        isBlocked = false;
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task Near_the_end_of_the_present_certificate_it_is_not_waited_for_as_long()
    {
        await using (var first = await StartAsync()) await first.SettleAsync("shop.test");
        _time.AdjustTime(_time.GetUtcNow().AddDays(82));
        _ca.Instead = (asked, _) => asked == "order-get" && (_ca.Orders.Count, _ca.Certificates.Count) == (2, 2) ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromMinutes(14));
        Assert.Equal(2, _ca.NewOrders.Count);

        await edge.RunAsync(TimeSpan.FromMinutes(6));
        Assert.Equal((AcmeCertificateState.Served, 3), (edge.Status("shop.test").State, _ca.NewOrders.Count));
    }

    /// <summary>The CA takes its time, and is refused once when that is over: the patience with refusals begins with the first of them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Near_the_end_too_a_refusal_after_a_long_issuance_costs_no_certificate(int refusals)
    {
        await using (var first = await StartAsync()) await first.SettleAsync("shop.test");
        _time.AdjustTime(_time.GetUtcNow().AddDays(82));
        var (issued, refused) = (_time.GetUtcNow().AddMinutes(20), 0);
        _ca.ProcessingLooks = int.MaxValue;
        _ca.Instead = (asked, _) =>
        {
            if (asked != "order-get" || _ca.Certificates.Count != 2 || _time.GetUtcNow() < issued) return null;
            if (refused++ < refusals) return new HttpResponseMessage(HttpStatusCode.Forbidden);

            _ca.Orders.Last().LooksLeft = 0;
            return null;
        };
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromMinutes(40));

        Assert.True(refused > refusals);
        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status("shop.test").State, _ca.NewOrders.Count));
    }

    /// <summary>A replica that lags behind, and then a proxy that cuts the chain off: neither uses up the patience with the other.</summary>
    [Fact]
    public async Task Refused_looks_do_not_count_as_damaged_chains()
    {
        var looks = 0;
        _ca.Instead = (asked, _) => asked != "certificate" || _ca.Certificates.Count != 1 ? null : looks++ switch
        {
            < 2 => new HttpResponseMessage(HttpStatusCode.NotFound),
            2 => TestCa.Pem("-----BEGIN CERTIFICATE-----\nMIIB"),
            _ => null,
        };
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal((AcmeCertificateState.Served, 4), (edge.Status("shop.test").State, looks));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task What_the_CA_does_not_know_for_a_quarter_of_an_hour_is_ordered_anew_and_blames_no_name()
    {
        _ca.Instead = (asked, _) => asked == "order-get" && (_ca.Orders.Count, _ca.Certificates.Count) == (1, 1) ? new HttpResponseMessage(HttpStatusCode.NotFound) : null;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromMinutes(14));
        Assert.Single(_ca.NewOrders);

        await edge.RunAsync(TimeSpan.FromMinutes(4));
        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    /// <summary>The CA counts it, whatever was seen of it here.</summary>
    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(null)]
    public async Task What_was_never_seen_to_come_to_nothing_is_spent(HttpStatusCode? status)
    {
        _settings.Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(2, TimeSpan.FromDays(1000)) };
        _ca.ProcessingLooks = int.MaxValue;
        if (status is { } refused) _ca.Instead = (asked, _) => asked == "order-get" && _ca.Orders.Any(order => order.Status == "processing") && _ca.Orders.All(order => order.Status != "pending" && order.Status != "ready") ? new HttpResponseMessage(refused) : null;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromDays(20));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_CA_says_comes_to_nothing_is_credited(bool isRefused)
    {
        _settings.Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(1, TimeSpan.FromDays(1000)) };
        var failed = false;
        _ca.Instead = (asked, _) =>
        {
            if (failed || asked != "finalize") return null;

            failed = true;
            _ca.Orders.Single().Status = "invalid";
            return isRefused ? TestCa.Problem(HttpStatusCode.Forbidden, "unauthorized", "not this key") : new HttpResponseMessage(HttpStatusCode.BadGateway);
        };
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.True(failed);
        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status("shop.test").State, _ca.NewOrders.Count));
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
}
