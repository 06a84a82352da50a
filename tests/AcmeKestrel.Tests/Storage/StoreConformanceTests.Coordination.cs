using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Storage;

/// <summary>The change feed, leases and fences.</summary>
public abstract partial class StoreConformanceTests
{
    [Fact]
    public async Task A_watcher_sees_what_happens_after_its_call_and_resumes_after_a_cursor()
    {
        await Store.WriteAsync(Key(RecordKind.Wish, "early.test"), Content(), null, null, Cancel);
        var watch = Store.WatchAsync(null, Cancel);
        var a = Key(RecordKind.Wish, "a.test");
        var version = await Store.WriteAsync(a, Content(), null, null, Cancel);
        await Store.DeleteAsync(a, version, null, Cancel);

        var changes = await TakeAsync(watch, 2);
        Assert.Equal([(StoreChangeKind.Written, a), (StoreChangeKind.Deleted, a)], changes.Select(change => (change.Kind, change.Key!.Value)));

        var resumed = await TakeAsync(Store.WatchAsync(changes[0].Cursor, Cancel), 1);
        Assert.Equal((StoreChangeKind.Deleted, a), (resumed[0].Kind, resumed[0].Key!.Value));
    }

    [Fact]
    public async Task A_waiting_watcher_is_woken()
    {
        await using var watch = Store.WatchAsync(null, Cancel).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();
        Assert.False(next.IsCompleted);

        await Store.WriteAsync(Key(RecordKind.Wish, "a.test"), Content(), null, null, Cancel);

        Assert.True(await next);
        Assert.Equal("a.test", watch.Current.Key!.Value.Name);
    }

    [Fact]
    public async Task A_watcher_ends_with_its_token()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var watch = Store.WatchAsync(null, stop.Token).GetAsyncEnumerator(Cancel);
        var next = watch.MoveNextAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_cursor_the_store_does_not_know_is_answered_by_a_reset(string cursor)
    {
        var watch = Store.WatchAsync(new StoreCursor(cursor), Cancel);

        Assert.Equal(StoreChangeKind.Reset, (await TakeAsync(watch, 1))[0].Kind);
    }

    [Fact]
    public async Task A_lease_excludes_other_owners_until_it_is_given_back()
    {
        var lease = await Store.TryLeaseAsync("state", "one", TimeSpan.FromMinutes(1), Cancel);
        Assert.NotNull(lease);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromMinutes(1), lease.Expires);
        Assert.Null(await Store.TryLeaseAsync("state", "two", TimeSpan.FromMinutes(1), Cancel));
        Assert.NotNull(await Store.TryLeaseAsync("other", "two", TimeSpan.FromMinutes(1), Cancel));

        await lease.DisposeAsync();
        Assert.NotNull(await Store.TryLeaseAsync("state", "two", TimeSpan.FromMinutes(1), Cancel));
    }

    [Fact]
    public async Task A_lease_ends_unless_it_is_renewed()
    {
        var lease = (await Store.TryLeaseAsync("state", "one", TimeSpan.FromMinutes(1), Cancel))!;
        Time.Advance(TimeSpan.FromSeconds(50));
        Assert.True(await lease.RenewAsync(TimeSpan.FromMinutes(1), Cancel));
        Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Null(await Store.TryLeaseAsync("state", "two", TimeSpan.FromMinutes(1), Cancel));
        Time.Advance(TimeSpan.FromSeconds(11));

        var second = await Store.TryLeaseAsync("state", "two", TimeSpan.FromMinutes(1), Cancel);
        Assert.NotNull(second);
        Assert.False(await lease.RenewAsync(TimeSpan.FromMinutes(1), Cancel));
        await lease.DisposeAsync();
        Assert.True(await second.RenewAsync(TimeSpan.FromMinutes(1), Cancel));
    }

    [Fact]
    public async Task An_owner_that_leases_again_loses_its_older_lease()
    {
        var first = (await Store.TryLeaseAsync("state", "one", TimeSpan.FromMinutes(1), Cancel))!;
        var second = (await Store.TryLeaseAsync("state", "one", TimeSpan.FromMinutes(1), Cancel))!;

        Assert.True(second.Fence.Token > first.Fence.Token);
        Assert.False(await first.RenewAsync(TimeSpan.FromMinutes(1), Cancel));
    }

    [Fact]
    public async Task A_write_under_a_lost_lease_is_refused()
    {
        var key = Key(RecordKind.Order, "shop.test");
        var first = (await Store.TryLeaseAsync("state", "one", TimeSpan.FromMinutes(1), Cancel))!;
        var version = await Store.WriteAsync(key, Content(("a", "1")), null, first.Fence, Cancel);
        await first.DisposeAsync();
        var second = (await Store.TryLeaseAsync("state", "two", TimeSpan.FromMinutes(1), Cancel))!;

        await Assert.ThrowsAsync<StoreConflictException>(() => Store.WriteAsync(key, Content(("a", "2")), null, first.Fence, Cancel).AsTask());
        await Assert.ThrowsAsync<StoreConflictException>(() => Store.DeleteAsync(key, version, first.Fence, Cancel).AsTask());
        await Store.WriteAsync(key, Content(("a", "3")), version, second.Fence, Cancel);
    }

    private static async Task<List<StoreChange>> TakeAsync(IAsyncEnumerable<StoreChange> watch, int count)
    {
        var changes = new List<StoreChange>();
        await foreach (var change in watch)
        {
            changes.Add(change);
            if (changes.Count == count) break;
        }

        return changes;
    }
}
