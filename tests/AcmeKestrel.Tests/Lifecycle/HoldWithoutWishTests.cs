using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A name that is on hold and has no certificate, and whose wish goes and comes back: a route that is reloaded, a file that is moved.</summary>
public sealed class HoldWithoutWishTests
{
    private static readonly Wish Wish = Wishes.Of("shop.test", challenges: [ChallengeTypes.Http01]);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public HoldWithoutWishTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData(0, false)]
    [InlineData(60, false)]
    [InlineData(60, true)]
    public async Task It_is_on_hold_still(int days, bool restarts)
    {
        _ca.Instead = (_, _) => throw new HttpRequestException("Network is unreachable");
        var edge = await StartAsync(Wish);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        var hold = edge.Get<IAcmeCertificates>().HoldAsync("shop.test", "moving house", TestContext.Current.CancellationToken);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull((await hold)!.HeldSince);

        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1) + TimeSpan.FromDays(days));
        _ca.Instead = (_, _) => null;
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await StartAsync();
        }

        edge.Wish(Wish);
        await edge.RunAsync(TimeSpan.FromDays(1));

        Assert.Empty(_ca.Orders);
        Assert.Contains("moving house", edge.Status("shop.test").Reason, StringComparison.Ordinal);

        var release = edge.Get<IAcmeCertificates>().ReleaseAsync("shop.test", TestContext.Current.CancellationToken);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await release;
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        await edge.DisposeAsync();
    }

    /// <summary>The certificate goes in its time.</summary>
    [Fact]
    public async Task Nor_does_the_end_of_its_certificate_release_it()
    {
        await using var edge = await StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        var hold = edge.Get<IAcmeCertificates>().HoldAsync("shop.test", "moving house", TestContext.Current.CancellationToken);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        await hold;

        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(200));
        Assert.Empty(_store.All(RecordKind.Certificate));
        edge.Wish(Wish);
        await edge.RunAsync(TimeSpan.FromDays(1));

        Assert.Single(_ca.Orders);
        Assert.Contains("moving house", edge.Status("shop.test").Reason, StringComparison.Ordinal);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, new TestSettings(), _store, wishes);
}
