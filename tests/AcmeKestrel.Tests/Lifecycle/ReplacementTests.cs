using System.Net;
using System.Text.Json.Nodes;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 9773 section 5: an order says what it replaces, and no refusal of that costs the renewal.</summary>
public sealed class ReplacementTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;
    private readonly List<JsonNode> _asked = [];

    public ReplacementTests()
    {
        _store = new TestStore(_time);
        _ca = new TestCa(_time);
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddYears(1), _time.GetUtcNow().AddYears(2));
    }

    [Fact]
    public async Task A_renewal_says_what_it_replaces()
    {
        await RenewAsync((_, _) => null);

        Assert.Null(_ca.Certificates[0].Replaces);
        Assert.Equal(_ca.Certificates[0].RenewalId, _ca.Certificates[1].Replaces);
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task A_ca_without_renewal_info_is_told_of_no_replacement()
    {
        _ca.RenewalInfo = null;

        await RenewAsync((_, _) => null);

        Assert.DoesNotContain(_asked, order => order["replaces"] is not null);
        Assert.Equal(2, _ca.Certificates.Count);
    }

    [Fact]
    public async Task A_certificate_of_another_account_is_not_replaced()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");

        Watch((_, _) => null);
        await using var second = await StartAsync(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]) with { Email = "other@example.test" });
        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);

        Assert.Null(Assert.Single(_asked)["replaces"]);
    }

    [Fact]
    public async Task A_certificate_without_a_name_in_common_is_not_replaced()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");

        Watch((_, _) => null);
        await using var second = await StartAsync(Wishes.Of("shop.test", ["other.test"]));
        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);

        Assert.Null(Assert.Single(_asked)["replaces"]);
    }

    [Fact]
    public async Task An_expired_certificate_is_not_replaced()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        _time.AdjustTime(_time.GetUtcNow().AddDays(91));

        Watch((_, _) => null);
        await using var second = await StartAsync(Wishes.Of("shop.test"));
        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);

        Assert.Null(Assert.Single(_asked)["replaces"]);
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "alreadyReplaced")]
    [InlineData(HttpStatusCode.Conflict, "malformed")]
    [InlineData(HttpStatusCode.BadRequest, "malformed")]
    [InlineData(HttpStatusCode.Unauthorized, "unauthorized")]
    [InlineData(HttpStatusCode.Forbidden, "unauthorized")]
    [InlineData(HttpStatusCode.NotFound, "malformed")]
    [InlineData(HttpStatusCode.NotFound, null)]
    [InlineData(HttpStatusCode.InternalServerError, "serverInternal")]
    public async Task Refused_for_the_replacement_it_is_ordered_once_more_without_at_once(HttpStatusCode status, string? type)
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(100, TimeSpan.FromDays(36_500)) };

        var renewed = await RenewAsync((_, order) => order["replaces"] is null ? null : Refusal(status, type));

        Assert.Equal((AcmeCertificateState.Served, 0), (renewed.State, renewed.Failures));
        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal([true, false], _asked.Select(order => order["replaces"] is not null));
        Assert.DoesNotContain("account", _ca.Requests);

        // One order before, and each of the two requests.
        Assert.Equal(3, Spent());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_closed_account_is_told_from_a_refused_replacement_after_the_try_without(bool isClosed)
    {
        var renewed = await RenewAsync((kind, order) => (kind == "order" || (isClosed && kind == "account")) ? TestCa.Problem(HttpStatusCode.Forbidden, "unauthorized", "you may not") : null);

        Assert.Equal(isClosed ? AcmeCertificateState.Held : AcmeCertificateState.Failing, renewed.State);
        Assert.Equal(["order", "order", "account"], _ca.Requests);
        Assert.Equal(isClosed, renewed.Reason!.Contains("is closed at the CA", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, "rateLimited", AcmeCertificateState.Held)]
    [InlineData(HttpStatusCode.ServiceUnavailable, null, AcmeCertificateState.Held)]
    [InlineData(HttpStatusCode.BadRequest, "rejectedIdentifier", AcmeCertificateState.Failing)]
    public async Task A_refusal_that_has_another_cause_keeps_the_replacement_and_makes_no_second_request(HttpStatusCode status, string? type, AcmeCertificateState state)
    {
        var refusals = 0;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        Watch((kind, _) => kind == "order" && refusals++ == 0 ? Refusal(status, type) : null);
        await edge.RunUntilAsync(_time.GetUtcNow().AddDays(78));
        while (_asked.Count == 0) await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Single(_asked);
        Assert.Equal(state, edge.Status("shop.test").State);

        await edge.RunAsync(TimeSpan.FromMinutes(15));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Equal(2, _asked.Count);
        Assert.Equal(_ca.Certificates[0].RenewalId, _ca.Certificates[1].Replaces);
    }

    [Fact]
    public async Task After_a_kill_between_the_two_requests_the_refused_one_is_not_repeated()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        _time.AdjustTime(_time.GetUtcNow().AddDays(80));
        Watch((kind, order) =>
        {
            if (kind != "order" || order["replaces"] is null) return null;
            var writes = 0;
            _store.BeforeWrite = key =>
            {
                if (key.Kind == RecordKind.Order && ++writes > 1) throw new StoreUnavailableException("killed");
                if (writes > 0 && key.Kind != RecordKind.Order) throw new StoreUnavailableException("killed");
            };
            return TestCa.Problem(HttpStatusCode.Conflict, "alreadyReplaced", "replaced already");
        });
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(100, TimeSpan.FromDays(36_500)) };
        await using (var killed = await StartAsync(Wishes.Of("shop.test"))) await killed.SettleAsync("shop.test");
        Assert.Single(_asked);

        _store.BeforeWrite = _ => { };
        await using var last = await StartAsync(Wishes.Of("shop.test"));
        Assert.Equal(AcmeCertificateState.Served, (await last.SettleAsync("shop.test")).State);

        Assert.Equal([true, false], _asked.Select(order => order["replaces"] is not null));
        Assert.Equal(2, _ca.Orders.Count);
    }

    /// <summary>Issues, and renews with a CA that answers so.</summary>
    private async Task<AcmeCertificateStatus> RenewAsync(Func<string, JsonNode, HttpResponseMessage?> instead)
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        _ca.Requests.Clear();
        Watch(instead);
        _time.AdjustTime(_time.GetUtcNow().AddDays(80));
        edge.Wake(["shop.test"]);
        return await edge.SettleAsync("shop.test");
    }

    private void Watch(Func<string, JsonNode, HttpResponseMessage?> instead) => _ca.Instead = (kind, payload) =>
    {
        if (kind == "order") _asked.Add(payload!);
        return payload is null ? null : instead(kind, payload);
    };

    private static HttpResponseMessage Refusal(HttpStatusCode status, string? type) => type is null ? new HttpResponseMessage(status) : TestCa.Problem(status, type, "refused");

    /// <summary>newOrder requests that the ledger has debited; a bucket is the moment at which it would be full again.</summary>
    private double Spent()
    {
        var state = RecordCodec.Json(_store.All(RecordKind.Ledger).Single(), "ledger.json", LimitsJson.Default.LedgerState);
        var full = state.Buckets.Single(bucket => bucket.Key.StartsWith("orders|", StringComparison.Ordinal)).Value;
        return Math.Round((full - _ca.Certificates[0].At) / TimeSpan.FromDays(365));
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
