using AcmeKestrel.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A CA that says "processing" of a finalized order and nothing else: it has time, but not until the certificate before it has ended.</summary>
public sealed class LongIssuanceTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public LongIssuanceTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_short_certificate_does_not_end_meanwhile()
    {
        _ca.Lifetime = TimeSpan.FromHours(40);
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        var first = edge.Published.Current["shop.test"].Chain;
        _ca.Born = order => _ca.ProcessingLooks = _ca.Orders.Count == 2 ? int.MaxValue : 0;

        await edge.RunUntilAsync(first.NotAfter.AddHours(-10));

        Assert.Equal(3, _ca.NewOrders.Count);
        Assert.NotEqual(first, edge.Published.Current["shop.test"].Chain);
    }

    /// <summary>A CA may take a day, and nothing is in a hurry.</summary>
    [Fact]
    public async Task A_long_certificate_leaves_the_ca_its_time()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        _ca.Born = order => _ca.ProcessingLooks = _ca.Orders.Count == 2 ? int.MaxValue : 0;

        await edge.RunAsync(TimeSpan.FromDays(60));
        Assert.Equal(2, _ca.NewOrders.Count);
        var ordered = _ca.NewOrders[^1];
        await edge.RunUntilAsync(ordered.AddHours(35.5));
        Assert.Equal(2, _ca.NewOrders.Count);

        await edge.RunUntilAsync(ordered.AddHours(36.5));
        Assert.Equal(3, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task A_restart_does_not_begin_it_anew()
    {
        _ca.ProcessingLooks = int.MaxValue;
        for (var run = 0; run < 2; run++)
        {
            await using var edge = await StartAsync();
            await edge.RunAsync(TimeSpan.FromHours(run == 0 ? 24 : 11));
        }

        Assert.Single(_ca.NewOrders);
        await using var last = await StartAsync();
        await last.RunAsync(TimeSpan.FromHours(1.5));

        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task A_clock_that_was_ahead_makes_it_neither_longer_nor_shorter()
    {
        _ca.ProcessingLooks = int.MaxValue;
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromMinutes(1));
        _time.AdjustTime(_time.GetUtcNow().AddDays(-3));
        await using var second = await StartAsync();

        await second.RunAsync(TimeSpan.FromHours(35.5));
        Assert.Single(_ca.NewOrders);

        await second.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    /// <summary>Whether it is finalized already or not: who was off for days gives up nothing at the CA's first word.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_was_off_for_days_finds_its_certificate(bool isFinalized)
    {
        _ca.ProcessingLooks = isFinalized ? 80 : 3;
        if (!isFinalized) _ca.Instead = (kind, _) => kind == "finalize" ? TestCa.Problem(System.Net.HttpStatusCode.ServiceUnavailable, "serverInternal", "down") : null;
        await using (var first = await StartAsync())
        {
            await first.RunAsync(TimeSpan.FromMinutes(10));
            Assert.Empty(first.Published.Current);
        }

        _time.Advance(TimeSpan.FromDays(3));
        _ca.Instead = (_, _) => null;

        await using var second = await StartAsync();
        await second.RunAsync(TimeSpan.FromMinutes(14));

        Assert.Single(_ca.NewOrders);
        Assert.True(second.Published.Current.ContainsKey("shop.test"));
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
}
