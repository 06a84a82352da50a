using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A clock that is set while the worker runs.</summary>
public sealed class ClockTests
{
    private static readonly DateTimeOffset Right = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Ahead = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Right);
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public ClockTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task After_a_jump_by_sixty_days_the_renewal_comes_at_once()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");

        _time.AdjustTime(_time.GetUtcNow() + TimeSpan.FromDays(60));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
    }

    [Fact]
    public async Task A_clock_set_back_by_a_day_buys_nothing_twice()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test")))
        {
            await first.SettleAsync("shop.test");
            _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromDays(1));
            first.Wake(["shop.test"]);
            await first.RunAsync(TimeSpan.FromDays(2));
            Assert.Equal(AcmeCertificateState.Served, first.Status("shop.test").State);
        }

        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromDays(1));
        await using var second = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_clock_set_back_in_the_middle_of_an_order_costs_no_second_one()
    {
        (_ca.ValidationLooks, _ca.ProcessingLooks) = (3, 3);
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(2));

        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromDays(1));
        await edge.RunAsync(TimeSpan.FromDays(2));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Single(_ca.NewOrders);
        Assert.Single(_ca.Certificates);
    }

    [Fact]
    public async Task The_newer_certificate_stays_the_newer_one_when_the_clock_was_set_back()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test")))
        {
            await first.SettleAsync("shop.test");
            _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromDays(1));
            first.Wish(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]));
            await first.RunAsync(TimeSpan.FromMinutes(1));
        }

        await using var second = await StartAsync(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]));

        Assert.Equal(2, second.Published.Current["shop.test"].Chain.Identifiers.Count);
    }

    [Fact]
    public async Task A_clock_that_was_set_is_noticed_within_a_minute()
    {
        using var dispatcher = Dispatching(out var queue, out var next);
        queue.Set("shop.test", _time.GetUtcNow() + TimeSpan.FromDays(60));
        _ = dispatcher.RunAsync(next.RunAsync, TestContext.Current.CancellationToken);

        // No timer sees this jump; a machine that slept looks the same.
        _time.AdjustTime(_time.GetUtcNow() + TimeSpan.FromDays(60));
        Assert.False(next.Label.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("shop.test", await next.Label.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_ca_that_was_left_alone_by_a_clock_that_was_ahead_is_asked_by_the_right_one()
    {
        // By a wrong clock the CA's own certificate has expired.
        _time.SetUtcNow(Ahead);
        _ca.Instead = (_, _) => throw new HttpRequestException("The remote certificate is invalid.");
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromSeconds(30));
        _ca.Instead = (_, _) => null;

        await AssertServedByTheRightClockAsync(Wishes.Of("shop.test"));
    }

    [Fact]
    public async Task A_backoff_kept_by_a_clock_that_was_ahead_is_over_by_the_right_one()
    {
        _time.SetUtcNow(Ahead);
        await using (var first = await StartAsync(Wishes.Of("shop.test", challenges: [ChallengeTypes.Http01])))
        {
            first.Reach = (_, _) => "no such host";
            await first.RunAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(AcmeCertificateState.Failing, first.Status("shop.test").State);
        }

        await AssertServedByTheRightClockAsync(Wishes.Of("shop.test", challenges: [ChallengeTypes.Http01]));
    }

    [Fact]
    public async Task A_wait_that_the_ca_asked_for_while_the_clock_was_ahead_is_over_by_the_right_one()
    {
        _time.SetUtcNow(Ahead);
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many", retryAfter: 3600) : null;
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromSeconds(30));
        _ca.Instead = (_, _) => null;

        await AssertServedByTheRightClockAsync(Wishes.Of("shop.test"));
    }

    /// <summary>By less than the longest wait there is: no length alone tells that it was set by another clock.</summary>
    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(140, false)]
    [InlineData(140, true)]
    public async Task A_clock_that_was_ahead_by_hours_or_days_keeps_no_CA_waiting(int hours, bool restarts)
    {
        _time.SetUtcNow(Right.AddHours(hours));
        _ca.Instead = (_, _) => throw new HttpRequestException("Network is unreachable");
        var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        _ca.Instead = (_, _) => null;

        edge = await SetRightAsync(edge, restarts);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        await edge.DisposeAsync();
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public async Task Nor_a_name_that_failed(int hours, bool needsHuman)
    {
        _time.SetUtcNow(Right.AddHours(hours));
        if (needsHuman) _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.Forbidden, "userActionRequired", "accept the new terms") : null;
        var edge = await StartAsync(Wishes.Of("shop.test", challenges: [ChallengeTypes.Http01]));
        edge.Reach = (_, _) => "no such host";
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        edge.Reach = (_, _) => null;
        _ca.Instead = (_, _) => null;

        edge = await SetRightAsync(edge, restarts: false);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        await edge.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nor_an_order_under_way(bool caFails)
    {
        (_ca.ValidationLooks, _ca.ProcessingLooks) = (2, 2);
        _time.SetUtcNow(Right.AddDays(2));
        var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.NotNull(edge.Entry("shop.test").Run);

        if (caFails)
        {
            _ca.Instead = (_, _) =>
            {
                _ca.Instead = (_, _) => null;
                throw new HttpRequestException("Network is unreachable");
            };
        }

        edge = await SetRightAsync(edge, restarts: false);
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal((AcmeCertificateState.Served, 1), (edge.Status("shop.test").State, _ca.NewOrders.Count));
        await edge.DisposeAsync();
    }

    /// <summary>How much of it is over nobody knows, so it begins anew; and it ends when it has lasted as long as the CA asked for.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_CA_asked_for_by_a_clock_that_was_ahead_lasts_as_long_and_no_longer(bool restarts)
    {
        _time.SetUtcNow(Right.AddDays(2));
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "down", retryAfter: 7200) : null;
        var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(30));
        _ca.Instead = (_, _) => null;

        edge = await SetRightAsync(edge, restarts);
        await edge.RunAsync(TimeSpan.FromMinutes(115));
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));

        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        await edge.DisposeAsync();
    }

    /// <summary>The same of a limit that is one name's or one account's, and of one that the name's order did not outlive.</summary>
    [Theory]
    [InlineData(2, false, false)]
    [InlineData(2, true, false)]
    [InlineData(140, false, false)]
    [InlineData(140, true, false)]
    [InlineData(2, false, true)]
    [InlineData(140, false, true)]
    [InlineData(140, true, true)]
    public async Task And_so_does_what_it_asked_of_one_name(int hours, bool restarts, bool isGone)
    {
        _time.SetUtcNow(Right.AddHours(hours));
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many", retryAfter: 7200) : null;
        var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(30));
        _ca.Instead = (_, _) => null;
        if (isGone) edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        edge = await SetRightAsync(edge, restarts);
        if (isGone) edge.Wish(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(115));
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));

        await edge.RunAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task What_was_spent_while_the_clock_was_ahead_holds_a_name_for_a_window_and_not_for_years()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(3, TimeSpan.FromHours(3)) };
        _time.SetUtcNow(Ahead);
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");

        await AssertServedByTheRightClockAsync(Wishes.Of("new.test"));
    }

    [Fact]
    public async Task After_a_clock_was_set_back_all_names_are_looked_at_again()
    {
        using var dispatcher = Dispatching(out var queue, out var next);
        queue.Set("shop.test", _time.GetUtcNow() + TimeSpan.FromMinutes(10));
        _ = dispatcher.RunAsync(next.RunAsync, TestContext.Current.CancellationToken);

        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromDays(365));
        Assert.False(next.Label.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("shop.test", await next.Label.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(80)]
    public async Task A_certificate_that_is_due_when_it_comes_makes_no_loop(int days)
    {
        _ca.IssuedBefore = TimeSpan.FromDays(days);
        _ca.Born = _ => Assert.True(_ca.NewOrders.Count < 100, "It is ordered without end.");
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.InRange(_ca.NewOrders.Count, 1, 4);
        Assert.Equal(AcmeCertificateState.Failing, edge.Status("shop.test").State);
        Assert.Contains("check this machine's clock", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.NotEmpty(edge.Published.Current);
    }

    /// <summary>As the dispatcher does when it notices, all names are looked at again.</summary>
    private async Task<Edge> SetRightAsync(Edge edge, bool restarts)
    {
        _time.AdjustTime(Right);
        if (!restarts)
        {
            edge.Wake(edge.Wishes.Select(wish => wish.Label));
            return edge;
        }

        await edge.DisposeAsync();
        return await StartAsync([.. edge.Wishes]);
    }

    private async Task AssertServedByTheRightClockAsync(Wish wish)
    {
        _time.AdjustTime(Right);
        await using var edge = await StartAsync(wish);

        await edge.RunAsync(TimeSpan.FromDays(2));

        Assert.Equal(AcmeCertificateState.Served, edge.Status(wish.Label).State);
    }

    private Dispatcher Dispatching(out DueQueue queue, out First next)
    {
        (queue, next) = (new DueQueue(_ => "", 1, _time), new First());
        return new Dispatcher(queue, _time, NullLogger<Dispatcher>.Instance);
    }

    /// <summary>Tells which label is run first.</summary>
    private sealed class First
    {
        private readonly TaskCompletionSource<string> _label = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Label => _label.Task;

        public Task<DateTimeOffset?> RunAsync(string label, CancellationToken cancellationToken)
        {
            _label.TrySetResult(label);
            return Task.FromResult<DateTimeOffset?>(null);
        }
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
