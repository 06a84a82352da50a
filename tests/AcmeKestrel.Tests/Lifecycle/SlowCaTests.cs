using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A CA that was left since it took too long: it is not asked for the name again for a while, and that is nobody's to do.</summary>
public sealed class SlowCaTests : IAsyncDisposable
{
    private static readonly Wish Wish = Wishes.Of("shop.test") with { Fallbacks = ["second"] };

    private readonly TwoCas _cas = new();

    public SlowCaTests()
    {
        _cas.First.ProcessingLooks = int.MaxValue;
        _cas.Settings.Other = _cas.Settings.Other! with { Limits = ProviderLimits.None with { FailedAuthorizationsPerIdentifier = new RateLimit(1, TimeSpan.FromDays(1)) } };
    }

    public ValueTask DisposeAsync() => _cas.DisposeAsync();

    [Fact]
    public async Task What_keeps_the_next_CA_from_being_asked_is_said_first_and_no_human_is_needed()
    {
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromHours(6.5));

        Assert.Single(_cas.SecondOrders);
        AssertTellsOfBoth(edge);
        Assert.Single(_cas.First.NewOrders);

        // It has the next turn then.
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(2, _cas.First.NewOrders.Count);
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_restart_tells_it_as_it_was()
    {
        await using (var before = await StartAsync()) await before.RunAsync(TimeSpan.FromHours(6.2));

        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        AssertTellsOfBoth(edge);
        Assert.Single(_cas.First.NewOrders);
    }

    /// <summary>Whoever asks for an attempt has the wished CA asked, as after any failure.</summary>
    [Fact]
    public async Task It_is_asked_again_where_somebody_asks_for_an_attempt()
    {
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromHours(6.2));

        edge.Entry("shop.test").Post(new AcmeKestrel.Lifecycle.LabelRequest { IsForced = true });
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, _cas.First.NewOrders.Count);
    }

    private static void AssertTellsOfBoth(Edge edge)
    {
        var status = edge.Status("shop.test");
        Assert.Equal((AcmeCertificateState.Held, ObstacleKind.LimitReached), (status.State, edge.Entry("shop.test").Facts.Obstacle!.Kind));
        Assert.StartsWith("the CA's limit of 1 in 1 days is used up (failed", status.Reason, StringComparison.Ordinal);
        Assert.Contains("; test has not issued the order of 2026-11-23 12:00:00Z in time, and is left alone until 2026-11-23 19:", status.Reason, StringComparison.Ordinal);
    }

    private async Task<Edge> StartAsync()
    {
        var edge = await _cas.StartAsync(Wish);
        edge.Reach = (type, _) => type.StartsWith("second", StringComparison.Ordinal) ? "unreachable" : null;
        return edge;
    }
}
