using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Redis;
using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Debian's Sentinel tells who the primary is, and makes another one of it.</summary>
public sealed class RedisSentinelTests : IDisposable
{
    private static readonly RecordKey Key = new(RecordKind.Order, "shop.test");

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePort.Next();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_primary_that_it_names_is_used_and_the_next_one_after_it()
    {
        await using var primary = await RedisServer.StartAsync(Stop);
        await using var replica = await RedisServer.StartAsync(Stop, null, "--replicaof", "127.0.0.1", primary.Port.ToString(CultureInfo.InvariantCulture));
        await Until.IsSoAsync(async () => (await replica.AskAsync("INFO", "replication")).ToString().Contains("master_link_status:up", StringComparison.Ordinal), Stop);
        await using var sentinel = await WatchAsync(primary);
        await sentinel.LineAsync(line => line.Contains("+slave", StringComparison.Ordinal), Stop); // It can choose whom it knows.
        await using var store = Open("acme");

        await Until.ItWorksAsync(() => WriteAsync(store), Stop);
        Assert.NotNull(await Until.ItWorksAsync(() => store.ReadAsync(Key, Stop).AsTask(), Stop));
        await Until.IsSoAsync(async () => (int)await replica.AskAsync("EXISTS", "{acme}:record:order/shop.test") == 1, Stop);
        await primary.StopAsync(Stop);

        await Until.ItWorksAsync(() => WriteAsync(store), Stop);
        Assert.Equal(1, (int)await replica.AskAsync("EXISTS", "{acme}:record:order/shop.test"));
    }

    [Fact]
    public async Task A_service_that_it_does_not_know_is_said()
    {
        await using var primary = await RedisServer.StartAsync(Stop);
        await using var sentinel = await WatchAsync(primary);
        await using var store = Open("another");

        for (var call = 0; call < 3; call++) await Until.IsRefusedAsync(() => WriteAsync(store), "another", Stop);
    }

    private RedisStore Open(string service) => new(ConfigurationOptions.Parse($"127.0.0.1:{_port},serviceName={service},connectTimeout=2000"));

    private async Task<ChildProcess> WatchAsync(RedisServer primary)
    {
        await File.WriteAllTextAsync(
            _folder.In("sentinel.conf"),
            $"port {_port}\nbind 127.0.0.1\nsentinel monitor acme 127.0.0.1 {primary.Port} 1\nsentinel down-after-milliseconds acme 1000\nsentinel failover-timeout acme 5000\n",
            Stop);
        var sentinel = ChildProcess.Start(RealThing.Require("redis-server", "redis-server"), [_folder.In("sentinel.conf"), "--sentinel"], [], _folder.Path);
        await sentinel.LineAsync(line => line.Contains("+monitor master acme", StringComparison.Ordinal), Stop);
        return sentinel;
    }

    private static Task<RecordVersion> WriteAsync(RedisStore store) => store.WriteAsync(new StoreWrite(Key, new RecordContent([new RecordPart("a", "1"u8.ToArray())])), Stop).AsTask();
}
