using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A clock that is set while the worker runs.</summary>
public sealed class ClockTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store = new();
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public ClockTests() => _ca = new TestCa(_time);

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
        using var queue = new DueQueue(_time);
        queue.Set("shop.test", _time.GetUtcNow() + TimeSpan.FromDays(60));
        var next = queue.NextAsync(TestContext.Current.CancellationToken);

        // No timer sees this jump; a machine that slept looks the same.
        _time.AdjustTime(_time.GetUtcNow() + TimeSpan.FromDays(60));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("shop.test", await next.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
