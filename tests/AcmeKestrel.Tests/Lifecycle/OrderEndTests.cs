using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Orders that are there twice, that end before their time, and what they leave behind at the CA.</summary>
public sealed class OrderEndTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public OrderEndTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task An_order_that_the_ca_gives_a_second_time_is_one_order()
    {
        _ca.ReusesOrders = true;
        _ca.ValidationLooks = 3;
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromSeconds(2));

        // A state from before the CA's answer: the intent is there, the order's URL is not.
        var intent = StoredOrder.Read(_store.All(RecordKind.Order).Single());
        var order = intent.Order with { AccountUrl = null, Progress = new OrderProgress.Intent() };
        await using (var writer = await StartAsync()) await OrderRecord.SaveAsync(writer.Session, order, intent.PrivateKey, CancellationToken.None);
        await using var second = await StartAsync();

        Assert.Equal((AcmeCertificateState.Served, 0), ((await second.SettleAsync("shop.test")).State, second.Status("shop.test").Failures));
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Single(_ca.Orders);
        Assert.Single(_ca.Certificates);
    }

    [Fact]
    public async Task An_order_that_expires_while_it_is_answered_is_made_anew_and_blames_no_name()
    {
        var looks = int.MaxValue;
        _ca.Born = order => order.Expires = _time.GetUtcNow().AddMinutes(1);
        _ca.ValidationLooks = looks;
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(59));
        Assert.Single(_ca.NewOrders);

        _ca.ValidationLooks = 0;
        _ca.Orders.Single().Expires = _time.GetUtcNow();
        await edge.RunAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task An_order_that_expired_while_the_process_was_away_is_made_anew_and_blames_no_name()
    {
        _ca.Born = order => order.Expires = _time.GetUtcNow().AddHours(1);
        _ca.ValidationLooks = 5;
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromSeconds(2));
        _time.AdjustTime(_time.GetUtcNow().AddDays(1));
        await using var second = await StartAsync();

        await second.RunAsync(TimeSpan.FromSeconds(40));

        Assert.Equal((AcmeCertificateState.Served, 0), (second.Status("shop.test").State, second.Status("shop.test").Failures));
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task A_ready_order_that_expired_before_it_was_finalized_is_made_anew()
    {
        _ca.Born = order => order.Expires = _time.GetUtcNow().AddHours(1);
        _ca.Instead = (kind, _) =>
        {
            if (kind == "finalize") throw new HttpRequestException("The connection was reset.");
            return null;
        };
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromSeconds(20));
        _ca.Instead = (_, _) => null;
        _time.AdjustTime(_time.GetUtcNow().AddDays(1));
        await using var second = await StartAsync();

        await second.RunAsync(TimeSpan.FromSeconds(40));

        Assert.Equal((AcmeCertificateState.Served, 0), (second.Status("shop.test").State, second.Status("shop.test").Failures));
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Single(_ca.Certificates);
    }

    [Fact]
    public async Task An_order_that_fails_after_a_restart_counts_like_any_other()
    {
        _ca.ValidationLooks = 3;
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromSeconds(2));
        _ca.ValidationLooks = 0;
        foreach (var authorization in _ca.Orders.Single().Authorizations.Values) authorization.Outcome = "no such host";
        await using var second = await StartAsync();

        await second.RunAsync(TimeSpan.FromSeconds(40));

        Assert.Equal((AcmeCertificateState.Failing, 1), (second.Status("shop.test").State, second.Status("shop.test").Failures));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_ca_whose_orders_all_end_at_once_is_asked_less_and_less()
    {
        _ca.Born = order => order.Expires = _time.GetUtcNow();
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromHours(3));

        Assert.InRange(_ca.NewOrders.Count, 3, 5);
        Assert.Contains("expired", edge.Status("shop.test").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authorization_that_is_deactivated_under_the_order_costs_a_new_order_and_no_failure()
    {
        _ca.ValidationLooks = 4;
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        var order = _ca.Orders.Single();
        (order.Status, order.Authorizations.Values.First().Status) = ("invalid", "deactivated");

        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task A_valid_authorization_that_is_deactivated_before_the_order_is_ready_costs_no_failure()
    {
        _ca.Born = order => order.Authorizations.Values.First().Status = "valid";
        await using var edge = await StartAsync();
        _ca.ValidationLooks = 4;
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        var order = _ca.Orders.Single();
        (order.Status, order.Authorizations.Values.First().Status) = ("invalid", "deactivated");
        _ca.Born = _ => { };

        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
    }

    [Fact]
    public async Task The_open_authorizations_of_an_order_that_is_given_up_are_deactivated()
    {
        _ca.ValidationLooks = int.MaxValue;
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(3));

        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.All(_ca.Orders.Single().Authorizations.Values, authorization => Assert.Equal("deactivated", authorization.Status));
        Assert.Empty(_store.All(RecordKind.Order));
        Assert.Empty(_store.All(RecordKind.Answer));
    }

    /// <summary>Its authorizations were never seen by anybody who lives.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_authorizations_of_an_order_that_was_just_made_are_deactivated_when_it_is_wished_no_more(bool killed)
    {
        _ca.Instead = (kind, _) => kind == "authz" ? TestCa.Problem(System.Net.HttpStatusCode.InternalServerError, "serverInternal", "not now") : null;
        var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.IsType<OrderProgress.Created>(StoredOrder.Read(_store.All(RecordKind.Order).Single()).Order.Progress);
        _ca.Instead = (_, _) => null;
        if (killed)
        {
            await edge.DisposeAsync();
            edge = await StartAsync();
        }

        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.All(_ca.Orders.Single().Authorizations.Values, authorization => Assert.Equal("deactivated", authorization.Status));
        Assert.Empty(_store.All(RecordKind.Order));
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task An_order_whose_ca_offers_nothing_that_is_wished_gives_its_authorizations_up()
    {
        _ca.Offers = ["dns-01"];
        await using var edge = await StartAsync();

        Assert.Equal(AcmeCertificateState.Failing, (await edge.SettleAsync("shop.test")).State);

        Assert.All(_ca.Orders.First().Authorizations.Values, authorization => Assert.Equal("deactivated", authorization.Status));
    }

    [Fact]
    public async Task Of_a_failed_order_the_name_that_did_not_fail_is_given_up()
    {
        await using var edge = await StartAsync();
        edge.Reach = (_, name) => name == "www.shop.test" ? "no such host" : null;
        _ca.ValidationLooks = 1;

        await edge.SettleAsync("shop.test");

        var authorizations = _ca.Orders.First().Authorizations.Values.ToDictionary(authorization => authorization.Name, authorization => authorization.Status);
        Assert.Equal("invalid", authorizations["www.shop.test"]);
        Assert.NotEqual("pending", authorizations["shop.test"]);
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test", ["shop.test", "www.shop.test"], challenges: [ChallengeTypes.Http01])]);
}
