using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What a CA may do with an order's authorizations and challenges.</summary>
public sealed class OrderAuthorizationTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public OrderAuthorizationTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Shuffled_authorizations_are_each_answered_for_their_own_name()
    {
        var random = new Random(7);
        _ca.Listed = ids => ids.OrderBy(_ => random.Next());
        await using var edge = await StartAsync(Names(8));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Empty(_ca.FailedValidations);
    }

    [Fact]
    public async Task Among_shuffled_authorizations_the_failing_name_is_the_one_blamed()
    {
        _ca.Listed = ids => ids.Reverse();
        await using var edge = await StartAsync(Names(4));
        edge.Reach = (_, name) => name == "n3.shop.test" ? "no such host" : null;

        var status = await edge.SettleAsync("shop.test");

        Assert.StartsWith("n3.shop.test: ", status.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("n0.shop.test", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fewer_authorizations_than_names_are_enough()
    {
        _ca.Born = order => order.Authorizations.Values.Last().Status = "valid";
        _ca.Listed = ids => ids.SkipLast(1);
        await using var edge = await StartAsync(Names(3));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        Assert.Equal(2, Told());
        Assert.Equal(3, edge.Published.Current["shop.test"].Chain.Identifiers.Count);
    }

    [Fact]
    public async Task A_valid_authorization_is_not_answered_again()
    {
        _ca.Born = order => order.Authorizations.Values.First().Status = "valid";
        await using var edge = await StartAsync(Names(2));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Equal(1, Told());
    }

    [Fact]
    public async Task An_order_that_is_ready_at_once_is_finalized_at_once()
    {
        _ca.Born = order =>
        {
            foreach (var authorization in order.Authorizations.Values) authorization.Status = "valid";
            order.Status = "ready";
        };
        await using var edge = await StartAsync(Names(2));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Equal(["account", "order", "finalize", "certificate"], _ca.Requests);
    }

    [Fact]
    public async Task A_processing_challenge_is_waited_for()
    {
        _ca.ValidationLooks = 12;
        await using var edge = await StartAsync(Names(1));

        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status("shop.test").State);

        Assert.Equal((AcmeCertificateState.Served, 0), ((await edge.SettleAsync("shop.test")).State, edge.Status("shop.test").Failures));
        Assert.Equal(1, Told());
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_challenge_that_is_processing_after_a_restart_is_left_alone()
    {
        _ca.ValidationLooks = 12;
        await using (var first = await StartAsync(Names(1))) await first.RunAsync(TimeSpan.FromSeconds(3));
        await using var second = await StartAsync(Names(1));

        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);
        Assert.Equal(1, Told());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 12)]
    [InlineData(100, 12)]
    public async Task The_ca_is_told_of_each_challenge_once(int names, int looks)
    {
        (_ca.ValidationLooks, _ca.ProcessingLooks) = (looks, looks);
        await using var edge = await StartAsync(Names(names));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Equal(names, Told());
    }

    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task An_answer_is_gone_when_its_name_is_validated(string type)
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test", challenges: [type]));

        await edge.SettleAsync("shop.test");

        var token = _ca.Orders.Single().Authorizations.Values.Single().Token;
        Assert.False(edge.Live.TryFindTlsAlpn01("shop.test", out _));
        Assert.Null(await edge.Live.FindHttp01Async("shop.test", token, default, CancellationToken.None));
    }

    [Fact]
    public async Task An_order_that_turns_invalid_after_processing_is_a_failure_with_the_problem_shown()
    {
        _ca.ProcessingLooks = 5;
        _ca.Instead = (kind, _) =>
        {
            if (kind == "order-get" && _ca.Orders.Single() is { Status: "processing" } order) (order.Status, order.Error) = ("invalid", "a CAA record forbids it");
            return null;
        };
        await using var edge = await StartAsync(Names(1));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal((AcmeCertificateState.Failing, 1), (status.State, status.Failures));
        Assert.Contains("a CAA record forbids it", status.Reason, StringComparison.Ordinal);
        Assert.True(status.NextAttempt > _time.GetUtcNow());
        Assert.Single(_ca.NewOrders);
        Assert.Empty(_store.All(AcmeKestrel.Storage.RecordKind.Order));
    }

    private static Wish Names(int count) => Wishes.Of("shop.test", [.. Enumerable.Range(0, count).Select(i => $"n{i}.shop.test")], challenges: [ChallengeTypes.TlsAlpn01]);

    private int Told() => _ca.Requests.Count(kind => kind == "challenge");

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
