using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration.OnDemand;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A name that comes to be wished while the machines of a fleet run is every machine's own, and one that goes is nobody's.</summary>
public sealed class FleetNamesTests
{
    private const string Name = "shop.customer.test";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { OnDemand = new OnDemandSettings((Uri?)null), Challenges = [ChallengeTypes.TlsAlpn01], Ari = false };
    private readonly FlakyStore _store;
    private readonly TestCa _ca;
    private readonly CertificateTable _served;

    public FleetNamesTests()
    {
        (_store, _ca) = (new FlakyStore(new EngineStore(new MemoryStore(_time))), new TestCa(_time));
        _served = new CertificateTable(_time, new ServingReach(), new LoadedCertificates(_settings));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A stranger who probes for it just before the CA does spoils nothing, for nobody's probe of a name of ours is remembered.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_CAs_probe_is_answered_by_a_machine_that_only_follows(bool isOnDemand)
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync(_served);
        await using var following = new Following(second);
        _ca.Probe = async (_, _, token) => (await ProbeAsync(second))?.KeyAuthorization.StartsWith(token + ".", StringComparison.Ordinal) is true ? null : "no answer";

        var ensuring = WishAsync(first, isOnDemand);
        await Eventually.TrueAsync(() => _served.Knows(Name));
        Assert.Null(await ProbeAsync(second));

        Assert.Equal(AcmeCertificateState.Served, (await first.SettleAsync(Name)).State);
        await ensuring.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await Eventually.TrueAsync(() => _served.FindShown(Name) is not null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_goes_is_nobodys(bool isOnDemand)
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync(_served);
        await using var following = new Following(second);
        var ensuring = WishAsync(first, isOnDemand);
        await Eventually.TrueAsync(() => _served.IsWished(Name));

        IRecordedWishes wishes = isOnDemand ? first.Get<OnDemandWishes>() : first.Get<RunTimeWishes>();
        Assert.True(await wishes.RemoveAsync(first.Session, Name, Token));

        await Eventually.TrueAsync(() => !_served.IsWished(Name));
        Assert.False(second.Get<OnDemandDesk>().Knows(Name));
        await first.Get<WishFollower>().ReadAsync(Token);
        if (isOnDemand) return;

        await first.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal("It was forgotten again meanwhile.", (await ensuring.WaitAsync(TimeSpan.FromSeconds(30), Token))!.Reason);
    }

    /// <summary>While there was no feed nobody knows what it would have told.</summary>
    [Fact]
    public async Task What_came_while_there_was_no_feed_is_known_as_soon_as_there_is_one()
    {
        _store.Watching = () => throw new StoreUnavailableException("The engine has no feed now.");
        await using var first = await StartAsync();
        await using var second = await StartAsync(_served);
        await using var following = new Following(second);
        await WishAsync(first, isOnDemand: true);

        _store.Watching = () => Task.CompletedTask;
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _served.IsWished(Name);
        });
    }

    private Task<Edge> StartAsync(ICertificatePublisher? table = null) => Edge.StartAsync(_time, _ca, _settings, _store, [], also: services =>
    {
        services.AddSingleton<IWishFeed, WishFeed>();
        if (table is not null) services.AddSingleton(table);
    });

    /// <returns>What the application is told; null where a visitor wishes it.</returns>
    private static async Task<AcmeCertificateStatus?> WishAsync(Edge edge, bool isOnDemand)
    {
        if (!isOnDemand) return await edge.Get<LabelDesk>().EnsureAsync(Name, new AcmeCertificateRequest([Name]), [AcmeIdentifier.Parse(Name)], Token);

        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(Name, Token));
        return null;
    }

    /// <summary>As the table says whose name it is, and from anywhere.</summary>
    private async Task<ChallengeAnswer?> ProbeAsync(Edge edge) => await edge.Live.FindTlsAlpn01Async(Name, new Asker(IPAddress.Parse("192.0.2.1"), _served.Knows(Name)), Token);

    /// <summary>As the worker does it; ends before its process does.</summary>
    private sealed class Following : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _work;

        public Following(Edge edge) => _work = Task.WhenAll(edge.Get<StandbyFollower>().FollowAsync(_stop.Token), edge.Get<WishFollower>().FollowAsync(_stop.Token));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
