using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A node of a cluster takes a script only where all its keys are in one slot.</summary>
public sealed class RedisClusterTests
{
    private static readonly RecordKey Key = new(RecordKind.Order, "shop.test");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_of_a_state_is_in_one_slot_and_the_feed_is_heard()
    {
        await using var server = await RedisServer.StartAsync(Stop, null, "--cluster-enabled", "yes", "--cluster-port", FreePort.Next().ToString(CultureInfo.InvariantCulture));
        await server.AskAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
        await Until.IsSoAsync(async () => (await server.AskAsync("CLUSTER", "INFO")).ToString().Contains("cluster_state:ok", StringComparison.Ordinal), Stop);
        var (store, other) = (server.OpenStore(), server.OpenStore());
        await using var watch = await other.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop))!;

        await store.WriteAsync(new StoreWrite(Key, new RecordContent([new RecordPart("a", "1"u8.ToArray())])) { Fence = lease.Fence }, Stop);

        await foreach (var change in watch.ReadAsync(Stop))
        {
            Assert.Equal(Key, change.Key);
            break;
        }

        Assert.True(await lease.RenewAsync(TimeSpan.FromMinutes(1), Stop));
        Assert.True(await other.DeleteAsync(new StoreDeletion(Key), Stop));
    }
}
