using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>The store's contract on a real server, whose clock nobody turns: where time has to pass it passes.</summary>
public sealed class RedisConformanceTests(RedisConformanceTests.Server server) : StoreConformanceTests, IClassFixture<RedisConformanceTests.Server>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";
    private readonly SettableClock _clock = new();
    private IAcmeStore? _store;

    protected override IAcmeStore Store => _store ??= server.Redis.OpenStore(_prefix, time: _clock);

    /// <summary>Two fifths of it are what a slow machine has to renew it in.</summary>
    protected override TimeSpan LeaseDuration => TimeSpan.FromSeconds(6);

    protected override IAcmeStore OpenAnother() => server.Redis.OpenStore(_prefix);

    protected override void SetTimeOfDay(TimeSpan by) => _clock.Set(by);

    protected override ValueTask PassAsync(TimeSpan time) => RealTime.PassAsync(time, Cancel);

    public sealed class Server : IAsyncLifetime
    {
        internal RedisServer Redis { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (Redis is not null) await Redis.DisposeAsync();
        }
    }
}
