using AcmeKestrel.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The DNS is mended, and the next attempt is hours away: whoever touches the wish's file need not wait, nor stop the server.</summary>
public sealed class AskedAgainTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public AskedAgainTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task What_was_asked_for_after_its_last_failure_is_tried_at_once_and_then_climbs_its_ladder_again()
    {
        await using var edge = await FailingAsync();
        var tries = _ca.NewOrders.Count;

        edge.Wish(Wishes.Of("shop.test") with { AskedAt = _time.GetUtcNow() });
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(tries + 1, _ca.NewOrders.Count);

        edge.Reach = (_, _) => null;
        _time.Advance(TimeSpan.FromSeconds(1));
        edge.Wish(Wishes.Of("shop.test") with { AskedAt = _time.GetUtcNow() });
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Theory]
    [InlineData(-24 * 60)]
    [InlineData(24 * 60)]
    public async Task A_file_from_before_the_failure_or_by_a_clock_that_is_ahead_asks_for_nothing(int minutes)
    {
        await using var edge = await FailingAsync();
        var tries = _ca.NewOrders.Count;

        edge.Wish(Wishes.Of("shop.test") with { AskedAt = _time.GetUtcNow().AddMinutes(minutes) });
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(tries, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task The_CAs_own_wait_is_obeyed_all_the_same()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(System.Net.HttpStatusCode.TooManyRequests, "rateLimited", "too many", retryAfter: 86400) : null;
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        await edge.RunAsync(TimeSpan.FromHours(1));
        var asked = _ca.Requests.Count(kind => kind == "order");

        edge.Wish(Wishes.Of("shop.test") with { AskedAt = _time.GetUtcNow() });
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(asked, _ca.Requests.Count(kind => kind == "order"));
    }

    /// <summary>Between two rungs that are hours apart.</summary>
    private async Task<Edge> FailingAsync()
    {
        var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        edge.Reach = (_, _) => "the DNS shows elsewhere";
        do await edge.RunAsync(TimeSpan.FromMinutes(1));
        while (edge.Status("shop.test").NextAttempt < _time.GetUtcNow().AddHours(1));

        Assert.Equal(AcmeCertificateState.Failing, edge.Status("shop.test").State);
        return edge;
    }
}
