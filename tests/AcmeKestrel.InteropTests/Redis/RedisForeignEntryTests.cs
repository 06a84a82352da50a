using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Entries of the feed that another program wrote, or a hand.</summary>
public sealed class RedisForeignEntryTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Of kinds and names that no store here could have written.</summary>
    [Theory]
    [InlineData("Of another/shop.test")]
    [InlineData("certificate/junk")]
    public async Task They_keep_no_other_change_from_being_told(string foreign)
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await server.AskAsync("XADD", "{acme}:feed", "*", "written", foreign, "mark", "theirs");
        var order = new RecordKey(RecordKind.Order, "shop.test");

        await store.WriteAsync(new StoreWrite(order, new RecordContent([new RecordPart("order.json", "{}"u8.ToArray())])), Stop);

        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(90), Stop));
        Assert.Equal((StoreChangeKind.Written, order), (changes.Current.Kind, changes.Current.Key));
    }
}
