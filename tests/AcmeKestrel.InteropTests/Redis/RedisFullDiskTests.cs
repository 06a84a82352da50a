using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A server that keeps a log (appendonly), on a disk that has no room left.</summary>
public sealed class RedisFullDiskTests
{
    private static readonly RecordKey Kept = new(RecordKind.Order, "kept.test");

    private static readonly RecordKey Later = new(RecordKind.Order, "later.test");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_said_and_read_on_nobody_holds_the_right_on_and_with_room_it_goes_on_with_nothing_lost()
    {
        await using var volume = await SmallVolume.TryMountAsync(Stop, "24m");
        if (volume is null)
        {
            TestContext.Current.AddWarning("Nothing may be mounted here, so nothing is shown; run it as root.");
            return;
        }

        await using var server = await RedisServer.StartAsync(Stop, null, "--appendonly", "yes", "--dir", volume.Path);
        var store = server.OpenStore();
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        await WriteAsync(store);
        await using var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(5)), Stop))!;
        volume.Fill();

        Assert.Equal($"Redis at 127.0.0.1:{server.Port} takes no writes, for it cannot write to its disk (MISCONF).", await Until.IsRefusedAsync(() => WriteAsync(store), "MISCONF", Stop));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.RenewAsync(TimeSpan.FromMinutes(5), Stop).AsTask());
        var last = (await store.ReadAsync(Kept, Stop))!.Version;

        volume.Empty();
        await Until.ItWorksAsync(() => lease.RenewAsync(TimeSpan.FromMinutes(5), Stop).AsTask(), Stop);
        var written = await WriteAsync(store, last, lease.Fence);

        // And all of it is on the disk.
        await server.StopAsync(Stop);
        await server.StartAgainAsync(Stop);
        Assert.Equal(written, (await Until.ItWorksAsync(() => store.ReadAsync(Kept, Stop).AsTask(), Stop))!.Version);
        await store.WriteAsync(new StoreWrite(Later, Content), Stop);
        do
        {
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Stop));
            Assert.Equal(StoreChangeKind.Written, changes.Current.Kind);
        }
        while (changes.Current.Key != Later);
    }

    private static RecordContent Content => new([new RecordPart("a", "1"u8.ToArray())]);

    private static Task<RecordVersion> WriteAsync(IAcmeStore store, RecordVersion? expected = null, Fence? fence = null) =>
        store.WriteAsync(new StoreWrite(Kept, Content) { Expected = expected, Fence = fence }, Stop).AsTask();
}
