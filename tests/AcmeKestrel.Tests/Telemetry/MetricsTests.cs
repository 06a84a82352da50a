using System.Diagnostics.Metrics;
using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>Each metric of docs/operations.md, heard from a process that orders from a CA in memory.</summary>
public sealed class MetricsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public MetricsTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Attempts_are_counted_by_ca_kind_and_outcome_with_their_duration()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("bad.test"));
        edge.Reach = (_, name) => name == "bad.test" ? "nobody is there" : null;
        using var heard = Hear(edge);

        await edge.RunAsync(TimeSpan.FromSeconds(30));

        var attempts = heard.Sums("acme.order.attempts");
        Assert.Equal(1, attempts["acme.ca=test,acme.order.kind=new,acme.outcome=issued"]);
        Assert.Equal(2, attempts["acme.ca=test,acme.order.kind=new,acme.outcome=failed"]);
        Assert.Equal(2, attempts.Count);
        Assert.Equal(attempts.Keys.Order(), heard.Sums("acme.order.duration").Keys.Order());
        Assert.All(heard.All.Where(one => one.Instrument == "acme.order.duration"), one => Assert.InRange(one.Value, 0.01, 30));
        Assert.Equal(0, heard.Ask("acme.order.active")["acme.ca=test"]);
    }

    [Fact]
    public async Task Orders_in_flight_are_those_that_this_process_goes_on_with()
    {
        _ca.ValidationLooks = 1000;
        await using (var first = await StartAsync(Wishes.Of("a.test"))) await first.RunAsync(TimeSpan.FromSeconds(3));
        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        using var heard = Hear(edge);
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test"] = 2 }, heard.Ask("acme.order.active"));

        await edge.Get<StateLease>().ReleaseAsync();
        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test"] = 0 }, heard.Ask("acme.order.active"));
    }

    [Fact]
    public async Task An_order_whose_intent_cannot_be_kept_is_none()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        using var heard = Hear(edge);
        _store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Order) throw new StoreUnavailableException("the disk is full");
        };

        await edge.RunAsync(TimeSpan.FromSeconds(3));

        Assert.Equal(0, heard.Ask("acme.order.active")["acme.ca=test"]);
        Assert.DoesNotContain(edge.Events.All, happened => happened is LabelEvent.Ordering);
    }

    [Fact]
    public async Task A_renewal_is_a_renewal_and_a_changed_wish_a_replacement()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        using var heard = Hear(edge);
        await edge.RunAsync(TimeSpan.FromDays(61));
        edge.Wish(Wishes.Of("shop.test", ["shop.test", "more.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(
            ["acme.ca=test,acme.order.kind=new,acme.outcome=issued", "acme.ca=test,acme.order.kind=renewal,acme.outcome=issued", "acme.ca=test,acme.order.kind=replacement,acme.outcome=issued"],
            heard.Sums("acme.order.attempts").Keys.Order());
    }

    [Fact]
    public async Task Requests_are_told_by_operation_and_status_and_never_by_url()
    {
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        using var heard = Hear(edge);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        var requests = heard.All.Where(one => one.Instrument == "acme.client.request.duration").Select(one => one.Tags).ToHashSet();
        Assert.Contains("acme.ca=test,acme.operation=new-account,http.request.method=POST,http.response.status_code=201", requests);
        Assert.Contains("acme.ca=test,acme.operation=new-order,http.request.method=POST,http.response.status_code=201", requests);
        Assert.Contains(requests, tags => tags.EndsWith("http.response.status_code=502,error.type=502", StringComparison.Ordinal));
        Assert.Superset(
            new HashSet<string> { "directory", "new-nonce", "new-account", "new-order", "authorization", "challenge", "order", "finalize", "certificate" },
            requests.Select(tags => tags.Split(',')[1]["acme.operation=".Length..]).ToHashSet());
        Assert.DoesNotContain(requests, tags => tags.Contains("ca.test", StringComparison.Ordinal));
        Assert.Equal(1, heard.Sums("acme.provider.faults")["acme.ca=test"]);
    }

    [Fact]
    public async Task A_ca_that_cannot_be_reached_is_a_request_without_a_status()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], () => new DeadHandler());
        using var heard = Hear(edge);

        await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("acme.ca=test,acme.operation=directory,http.request.method=GET,error.type=connection", Assert.Single(heard.Sums("acme.client.request.duration")).Key);
    }

    [Fact]
    public async Task What_is_left_of_the_cas_limits_is_that_of_the_fullest_bucket()
    {
        _settings.Limits = ProviderLimits.None with
        {
            NewOrdersPerAccount = new RateLimit(10, TimeSpan.FromHours(10)),
            CertificatesPerExactSet = new RateLimit(5, TimeSpan.FromDays(5)),
        };
        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        using var heard = Hear(edge);
        Assert.Empty(heard.Ask("acme.ledger.room"));

        await edge.RunAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test,acme.limit=orders"] = 8, ["acme.ca=test,acme.limit=set"] = 4 }, heard.Ask("acme.ledger.room"));
        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test,acme.limit=orders"] = 10, ["acme.ca=test,acme.limit=set"] = 5 }, heard.Ask("acme.ledger.limit"));
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(9, heard.Ask("acme.ledger.room")["acme.ca=test,acme.limit=orders"]);
    }

    [Fact]
    public async Task The_queue_and_the_lease_are_shown()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        using var heard = Hear(edge);
        Assert.Equal(2, heard.Ask("acme.queue.depth").Values.Sum());
        Assert.Equal(1, heard.Ask("acme.lease.held")[""]);

        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(new Dictionary<string, double> { ["acme.queue.state=scheduled"] = 2, ["acme.queue.state=ready"] = 0, ["acme.queue.state=running"] = 0 }, heard.Ask("acme.queue.depth"));
    }

    [Fact]
    public async Task Names_stand_on_the_expiry_alone_those_that_end_soonest_first_and_can_be_left_out()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test"));
        await edge.RunAsync(TimeSpan.FromDays(1));
        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        using var heard = Hear(edge);
        var end = edge.Published.Current["a.test"].Chain.NotAfter.ToUnixTimeSeconds();
        string[] names = ["acme.certificate.name=a.test,acme.ca=test", "acme.certificate.name=b.test,acme.ca=test"];

        Assert.Equal(names, heard.Ask("acme.certificate.not_after").Keys.Order());
        Assert.Equal(end, heard.Ask("acme.certificate.not_after")[names[0]]);
        _settings.CertificateNames = 1;
        Assert.Equal([names[0]], heard.Ask("acme.certificate.not_after").Keys);
        _settings.CertificateNames = 0;
        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test"] = end }, heard.Ask("acme.certificate.not_after"));
        Assert.Equal(edge.Status("a.test").NextAttempt!.Value.ToUnixTimeSeconds(), heard.Ask("acme.certificate.renewal_time")["acme.ca=test"]);
        Assert.DoesNotContain(heard.All, one => one.Instrument != "acme.certificate.not_after" && one.Tags.Contains(".test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificates_are_counted_by_how_they_stand()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("bad.test"));
        edge.Reach = (_, name) => name == "bad.test" ? "nobody is there" : null;
        using var heard = Hear(edge);
        Assert.Equal(2, heard.Ask("acme.certificates")["acme.certificate.standing=waiting"]);

        await edge.RunAsync(TimeSpan.FromMinutes(1));

        var standings = heard.Ask("acme.certificates");
        Assert.Equal((1, 1, 0), (standings["acme.certificate.standing=good"], standings["acme.certificate.standing=missing"], standings["acme.certificate.standing=expired"]));
        _ca.Instead = (_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway);
        await edge.RunAsync(TimeSpan.FromDays(75));
        Assert.Equal(1, heard.Ask("acme.certificates")["acme.certificate.standing=overdue"]);
        await edge.RunAsync(TimeSpan.FromDays(16));
        Assert.Equal(1, heard.Ask("acme.certificates")["acme.certificate.standing=expired"]);
    }

    [Fact]
    public async Task Validations_are_counted_by_challenge_type_and_outcome()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("bad.test", ["bad.test", "good.test"]));
        edge.Reach = (_, name) => name == "bad.test" ? "nobody is there" : null;
        using var heard = Hear(edge);

        await edge.RunAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(
            new Dictionary<string, double>
            {
                ["acme.ca=test,acme.challenge.type=http-01,acme.outcome=invalid"] = 1,
                ["acme.ca=test,acme.challenge.type=http-01,acme.outcome=valid"] = 1,
                ["acme.ca=test,acme.challenge.type=tls-alpn-01,acme.outcome=invalid"] = 1,
                ["acme.ca=test,acme.challenge.type=tls-alpn-01,acme.outcome=valid"] = 2,
            },
            heard.Sums("acme.challenge.validations"));
    }

    [Fact]
    public async Task A_ca_that_never_says_what_it_found_is_counted_as_such()
    {
        _ca.ValidationLooks = int.MaxValue;
        await using var edge = await StartAsync(Wishes.Of("shop.test", challenges: ["http-01"]));
        using var heard = Hear(edge);

        await edge.RunAsync(TimeSpan.FromMinutes(16));

        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test,acme.challenge.type=http-01,acme.outcome=timeout"] = 1 }, heard.Sums("acme.challenge.validations"));
    }

    [Fact]
    public async Task Looks_for_renewal_info_are_counted_by_outcome()
    {
        _settings.Ari = true;
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddDays(50), _time.GetUtcNow().AddDays(60));
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        using var heard = Hear(edge);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test,acme.outcome=window"] = 1 }, heard.Sums("acme.renewal_info.looks"));

        _ca.RenewalInfo = _ => new HttpResponseMessage(HttpStatusCode.BadGateway);
        await edge.RunAsync(TimeSpan.FromHours(7));

        Assert.Equal(1, heard.Sums("acme.renewal_info.looks")["acme.ca=test,acme.outcome=window"]);
        Assert.InRange(heard.Sums("acme.renewal_info.looks")["acme.ca=test,acme.outcome=failed"], 1, 6);
        Assert.Equal(_ca.RenewalLooks.Count, heard.Sums("acme.renewal_info.looks").Values.Sum());
    }

    [Fact]
    public async Task A_ca_without_renewal_info_is_looked_at_and_counted_daily()
    {
        _settings.Ari = true;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        using var heard = Hear(edge);

        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(new Dictionary<string, double> { ["acme.ca=test,acme.outcome=none"] = 1 }, heard.Sums("acme.renewal_info.looks"));
    }

    private static HeardMetrics Hear(Edge edge)
    {
        edge.Get<CertificateGauges>();
        edge.Get<WorkGauges>();
        return new HeardMetrics(edge.Get<IMeterFactory>());
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);

    private sealed class DeadHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new HttpRequestException("nobody is there");
    }
}
