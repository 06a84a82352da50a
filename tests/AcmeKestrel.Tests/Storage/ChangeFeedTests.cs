using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Tests.Storage;

public sealed class ChangeFeedTests
{
    [Fact]
    public async Task A_watcher_that_fell_behind_gets_a_reset_and_goes_on_from_there()
    {
        var feed = new ChangeFeed(capacity: 2);
        await using var watch = feed.Open(new StoreWatchRequest()).ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++) feed.Publish(StoreChangeKind.Written, Key(i));

        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(StoreChangeKind.Reset, watch.Current.Kind);

        feed.Publish(StoreChangeKind.Deleted, Key(3));
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal((StoreChangeKind.Deleted, Key(3)), (watch.Current.Kind, watch.Current.Key!.Value));
    }

    [Fact]
    public async Task A_full_ring_is_still_read_without_a_reset()
    {
        var feed = new ChangeFeed(capacity: 2);
        await using var watch = feed.Open(new StoreWatchRequest()).ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (var i = 0; i < 2; i++) feed.Publish(StoreChangeKind.Written, Key(i));

        for (var i = 0; i < 2; i++)
        {
            Assert.True(await watch.MoveNextAsync());
            Assert.Equal(Key(i), watch.Current.Key);
        }
    }

    private static RecordKey Key(int number) => new(RecordKind.Wish, $"{number}.test");
}
