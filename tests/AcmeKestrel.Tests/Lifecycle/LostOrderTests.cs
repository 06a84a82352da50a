using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Orders that come to nothing at the CA, and through no name's fault.</summary>
public sealed class LostOrderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public LostOrderTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_ca_that_lost_its_accounts_costs_no_name_a_failure_and_none_is_dropped()
    {
        _ca.ValidationLooks = 5;
        await using var edge = await StartAsync(Wishes.Of("a.test", optional: ["www.a.test"]), Wishes.Of("b.test", optional: ["www.b.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(2, _ca.Orders.Count);

        _ca.LoseEverything();
        _ca.ValidationLooks = 0;
        await edge.RunAsync(TimeSpan.FromMinutes(10));

        foreach (var label in new[] { "a.test", "b.test" })
        {
            Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status(label).State, edge.Status(label).Failures));
            Assert.Empty(edge.Status(label).DroppedNames);
        }
    }

    [Fact]
    public async Task An_expired_order_that_the_ca_shows_no_more_blames_no_name_and_none_is_dropped()
    {
        _ca.Born = order => order.Expires = _time.GetUtcNow().AddHours(8);
        _ca.Instead = (kind, _) => kind == "order-get" ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "down", retryAfter: 86000) : null;
        await using var edge = await StartAsync(Wishes.Of("a.test", optional: ["www.a.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        _ca.LoseOrders();
        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(25));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("a.test").State, edge.Status("a.test").Failures));
        Assert.Empty(edge.Status("a.test").DroppedNames);
    }

    [Theory]
    [InlineData("certificate")]
    [InlineData("order-get")]
    public async Task An_order_that_its_ca_never_answers_for_is_given_up_some_time_after_its_end(string sick)
    {
        _ca.Born = order => order.Expires = _time.GetUtcNow().AddDays(7);
        _ca.Instead = (kind, _) => kind == sick && _ca.Orders.Count == 1 ? TestCa.Problem(HttpStatusCode.InternalServerError, "serverInternal", "this row is damaged") : null;
        await using var edge = await StartAsync(Wishes.Of("a.test"));

        await edge.RunAsync(TimeSpan.FromDays(8));
        Assert.Single(_ca.NewOrders);

        await edge.RunAsync(TimeSpan.FromDays(2));
        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("a.test").State, edge.Status("a.test").Failures));
    }

    [Fact]
    public async Task An_order_that_never_gets_ready_although_all_is_validated_says_so()
    {
        _ca.Born = order =>
        {
            foreach (var authorization in order.Authorizations.Values) authorization.Status = "valid";
        };
        _ca.ValidationLooks = int.MaxValue;
        await using var edge = await StartAsync(Wishes.Of("a.test", challenges: [ChallengeTypes.Http01]));

        await edge.RunAsync(TimeSpan.FromMinutes(15.5));

        Assert.Equal(AcmeCertificateState.Failing, edge.Status("a.test").State);
        Assert.Contains("did not get the order ready", edge.Status("a.test").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_of_the_present_certificate_given_once_more_makes_no_loop()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test"));
        await edge.SettleAsync("a.test");
        var (old, asked) = (_ca.Orders.Single(), 0);
        _ca.Instead = (kind, _) =>
        {
            if (kind != "order") return null;
            asked++;
            (old.Status, old.LooksLeft) = ("processing", 3);
            return _ca.Again(old);
        };

        await edge.RunAsync(TimeSpan.FromDays(61));

        Assert.InRange(asked, 1, 10);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
