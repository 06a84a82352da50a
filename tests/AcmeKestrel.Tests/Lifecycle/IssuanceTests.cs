using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class IssuanceTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public IssuanceTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_wish_becomes_a_stored_and_published_certificate()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Served, status.State);
        Assert.Equal(_time.GetUtcNow().UtcDateTime.Date, status.NotBefore!.Value.UtcDateTime.Date);
        var generation = edge.Published.Current["shop.test"];
        var stored = GenerationRecord.Read(Assert.Single(_store.All(RecordKind.Certificate)));
        Assert.Equal(generation.Id, stored.Id);
        Assert.Equal(generation.Chain.Leaf.ToArray(), stored.Chain.Leaf.ToArray());
        Assert.Equal(generation.Origin, stored.Origin);
        Assert.Equal(ChallengeTypes.TlsAlpn01, stored.Origin.ChallengeType);
        Assert.Empty(_store.All(RecordKind.Order));
        Assert.Empty(_store.All(RecordKind.Answer));
    }

    /// <summary>
    /// Account, order, an authorization and a challenge a name, one look at the order, finalize, certificate: 2n + 5. Each look that finds nothing is one more;
    /// from the third on the authorizations are looked at, too. A finalized order that is still processing costs such a look, and one that finds it done.
    /// </summary>
    [Theory]
    [InlineData(1, 0, 0, 7)]
    [InlineData(2, 0, 0, 9)]
    [InlineData(10, 0, 0, 25)]
    [InlineData(100, 0, 0, 205)]
    [InlineData(1, 1, 0, 8)]
    [InlineData(1, 2, 0, 9)]
    [InlineData(10, 2, 0, 27)]
    [InlineData(1, 3, 0, 11)]
    [InlineData(10, 3, 0, 38)]
    [InlineData(1, 0, 1, 9)]
    [InlineData(1, 0, 2, 10)]
    [InlineData(10, 0, 1, 27)]
    [InlineData(1, 2, 1, 11)]
    public async Task A_certificate_costs_few_requests(int names, int looksInVain, int looksWhileProcessing, int requests)
    {
        (_ca.ValidationLooks, _ca.ProcessingLooks) = (looksInVain, looksWhileProcessing);
        var required = Enumerable.Range(0, names).Select(i => $"n{i}.shop.test").ToArray();
        await using var edge = await StartAsync(Wishes.Of("shop.test", required));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.True(_ca.Requests.Count == requests, $"{_ca.Requests.Count}: {string.Join(' ', _ca.Requests)}");

        // The account is there already.
        _ca.Requests.Clear();
        await edge.RunAsync(TimeSpan.FromDays(62));
        Assert.Equal(2, _ca.Certificates.Count);
        Assert.True(_ca.Requests.Count == requests - 1, $"{_ca.Requests.Count}: {string.Join(' ', _ca.Requests)}");
    }

    [Fact]
    public async Task Stored_certificates_are_served_after_a_restart_without_a_request()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        _ca.Requests.Clear();

        await using var second = await StartAsync(Wishes.Of("shop.test"));

        Assert.True(second.Published.Current.ContainsKey("shop.test"));
        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);
        Assert.Empty(_ca.Requests);
    }

    [Theory]
    [InlineData(90 * 24)]
    [InlineData(45 * 24)]
    [InlineData(160)]
    [InlineData(1)]
    public async Task Certificates_of_every_lifetime_are_renewed_in_time(int hours)
    {
        _ca.Lifetime = TimeSpan.FromHours(hours);
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");

        for (var renewal = 1; renewal <= 12; renewal++)
        {
            var served = edge.Published.Current["shop.test"].Chain;
            while (edge.Published.Current["shop.test"].Chain == served)
            {
                await edge.RunAsync(_ca.Lifetime / 50);
                Assert.True(_time.GetUtcNow() < served.NotAfter, "It expired.");
            }

            Assert.True(_time.GetUtcNow() - served.NotBefore > _ca.Lifetime / 3, "It was renewed much too early.");
            Assert.Equal(renewal + 1, _ca.Certificates.Count);
        }

        Assert.Equal(3, _store.All(RecordKind.Certificate).Count);
    }

    [Fact]
    public async Task A_failing_renewal_is_tried_for_ever_with_its_reason_visible()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        edge.Reach = (_, _) => "connection refused by a firewall";

        await edge.RunAsync(TimeSpan.FromDays(200));

        var status = edge.Status("shop.test");
        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("firewall", status.Reason, StringComparison.Ordinal);
        Assert.True(status.NextAttempt <= _time.GetUtcNow() + TimeSpan.FromDays(1.2));

        edge.Reach = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task One_bad_name_of_a_hundred_delays_no_other()
    {
        var wishes = Enumerable.Range(0, 100).Select(i => Wishes.Of($"n{i}.test")).ToArray();
        await using var edge = await StartAsync(wishes);
        edge.Reach = (_, name) => name == "n17.test" ? "no such host" : null;

        await edge.RunAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(99, edge.Get<StatusBoard>().List().Count(status => status.State is AcmeCertificateState.Served));
        Assert.Contains("no such host", edge.Status("n17.test").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_first_challenge_type_fails_the_other_follows_at_once_and_leads_next_time()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        edge.Reach = (type, _) => type == ChallengeTypes.TlsAlpn01 ? "a proxy is in front" : null;

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.True(_ca.NewOrders[1] - _ca.NewOrders[0] < TimeSpan.FromSeconds(30));
        await edge.RunAsync(TimeSpan.FromDays(62));
        Assert.Equal(3, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task An_optional_name_is_dropped_after_one_failure_and_asked_for_again_at_the_next_renewal()
    {
        await using var edge = await StartAsync(Wishes.Of("www.shop.test", optional: ["shop.test"]));
        edge.Reach = (_, name) => name == "shop.test" ? "it points elsewhere" : null;

        var status = await edge.SettleAsync("www.shop.test");

        Assert.Equal(AcmeCertificateState.Served, status.State);
        Assert.Equal(["shop.test"], status.DroppedNames);
        Assert.Equal(2, _ca.NewOrders.Count);

        edge.Reach = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromDays(62));
        Assert.Equal(3, _ca.NewOrders.Count);
        Assert.Equal(["www.shop.test", "shop.test"], _ca.Certificates[^1].Names);
        Assert.Empty(edge.Status("www.shop.test").DroppedNames);
    }

    [Fact]
    public async Task Near_expiry_a_set_is_renewed_without_its_failing_name_and_the_name_is_still_tried()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test", ["shop.test", "gone.test"]));
        await edge.SettleAsync("shop.test");
        var first = edge.Published.Current["shop.test"].Chain;
        edge.Reach = (_, name) => name == "gone.test" ? "no such host" : null;

        await edge.RunUntilAsync(first.NotAfter - TimeSpan.FromDays(1));

        var second = edge.Published.Current["shop.test"].Chain;
        Assert.Equal(["shop.test"], second.Identifiers.Select(name => name.Value));
        var status = edge.Status("shop.test");
        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Equal(["gone.test"], status.DroppedNames);

        edge.Reach = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(2, edge.Published.Current["shop.test"].Chain.Identifiers.Count);
        Assert.Empty(edge.Status("shop.test").DroppedNames);
    }

    [Fact]
    public async Task A_type_the_ca_does_not_offer_is_a_clear_failure()
    {
        _ca.Offers = ["dns-01"];
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("dns-01", status.Reason, StringComparison.Ordinal);
        Assert.Contains("shop.test", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_the_wished_types_the_offered_one_is_used()
    {
        _ca.Offers = [ChallengeTypes.Http01];
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_removed_wish_is_not_renewed_but_served_on()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");

        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(80));

        Assert.Single(_ca.NewOrders);
        Assert.True(edge.Published.Current.ContainsKey("shop.test"));
        Assert.Single(_store.All(RecordKind.Certificate));
        Assert.Empty(edge.Get<StatusBoard>().List());
    }

    [Fact]
    public async Task A_refused_signing_request_is_sent_once_more_with_another_key()
    {
        var csrs = new List<string>();
        _ca.Instead = (kind, payload) =>
        {
            if (kind != "finalize") return null;
            csrs.Add((string)payload!["csr"]!);
            return csrs.Count == 1 ? TestCa.Problem(HttpStatusCode.BadRequest, "badCSR", "weak key") : null;
        };
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Single(_ca.NewOrders);
        Assert.Equal(2, csrs.Distinct().Count());
    }

    [Fact]
    public async Task An_early_404_of_the_certificate_is_a_lagging_replica()
    {
        var answers = 0;
        _ca.Instead = (kind, _) => kind == "certificate" && ++answers < 3 ? new HttpResponseMessage(HttpStatusCode.NotFound) : null;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_long_processing_is_waited_for_as_the_ca_asks()
    {
        _ca.ProcessingLooks = 2;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        _ca.RetryAfter = 7200;
        var begin = _time.GetUtcNow();

        await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.True(_time.GetUtcNow() - begin >= TimeSpan.FromHours(4));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_validation_without_an_end_is_a_failure_of_the_name()
    {
        _ca.ValidationLooks = int.MaxValue;
        await using var edge = await StartAsync(Wishes.Of("shop.test", challenges: [ChallengeTypes.Http01]));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("15 minutes", status.Reason, StringComparison.Ordinal);
        Assert.Empty(_store.All(RecordKind.Answer));
    }

    [Fact]
    public async Task Of_two_providers_with_one_directory_the_wished_ones_settings_count()
    {
        _settings.Other = _settings.Provider with { Name = "plain" };
        (_ca.RequiresExternalAccount, _settings.EabKeyId) = (true, "kid-1");
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal((AcmeCertificateState.Served, null), ((await edge.SettleAsync("shop.test")).State, edge.Status("shop.test").Reason));
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
