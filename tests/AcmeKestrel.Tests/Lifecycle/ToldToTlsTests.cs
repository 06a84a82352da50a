using AcmeKestrel.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What TLS and the lifecycle tell each other beside certificates.</summary>
public sealed class ToldToTlsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public ToldToTlsTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task What_is_wished_is_told_as_soon_as_it_is_read()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("shop.test"), Wishes.Of("blog.test")]);

        await edge.Get<WishFollower>().ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["blog.test", "shop.test"], edge.Published.Wishes.Select(wish => wish.Label).Order());
    }

    [Fact]
    public async Task A_certificate_that_no_endpoint_can_show_is_not_called_served()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("shop.test")]);
        edge.Published.Unreachable = "the endpoint https://*:443 chooses its certificates by itself";

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal((AcmeCertificateState.Held, edge.Published.Unreachable), (status.State, status.Reason));
        Assert.NotNull(status.NotAfter);
        Assert.NotNull(status.NextAttempt);
    }
}
