namespace AcmeKestrel.Storage.Conformance;

/// <summary>The change feed, leases and fences.</summary>
public abstract partial class StoreConformanceTests
{
    [Fact]
    public async Task A_watch_shows_what_happens_after_it_was_opened_and_goes_on_after_a_cursor()
    {
        await WriteAsync(Key(RecordKind.Wish, "early.test"), Content());
        await using var watch = await OpenWatchAsync();
        var a = Key(RecordKind.Wish, "a.test");
        var version = await WriteAsync(a, Content());
        await DeleteAsync(a, version);

        var changes = await TakeAsync(watch, 2);
        Assert.Equal([(StoreChangeKind.Written, a), (StoreChangeKind.Deleted, a)], changes.Select(change => (change.Kind, change.Key!.Value)));

        await using var resumed = await OpenWatchAsync(changes[0].Cursor);
        Assert.Equal(changes[0].Cursor, resumed.Start);
        var change = Assert.Single(await TakeAsync(resumed, 1));
        Assert.Equal((StoreChangeKind.Deleted, a), (change.Kind, change.Key!.Value));
    }

    /// <summary>List, then follow: what is written between the two is in the feed.</summary>
    [Fact]
    public async Task The_position_is_that_of_the_opening()
    {
        await using var watch = await OpenWatchAsync();
        await WriteAsync(Key(RecordKind.Wish, "a.test"), Content());
        await using var again = await OpenWatchAsync(watch.Start);
        await WriteAsync(Key(RecordKind.Wish, "b.test"), Content());

        Assert.Equal(["a.test", "b.test"], (await TakeAsync(watch, 2)).Select(change => change.Key!.Value.Name));
        Assert.Equal(["a.test", "b.test"], (await TakeAsync(again, 2)).Select(change => change.Key!.Value.Name));
    }

    [Fact]
    public async Task A_watch_of_a_kind_shows_no_other()
    {
        await using var watch = await Store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Order }, Cancel);
        await WriteAsync(Key(RecordKind.Wish, "a.test"), Content());
        await WriteAsync(Key(RecordKind.Order, "b.test"), Content());

        Assert.Equal(Key(RecordKind.Order, "b.test"), Assert.Single(await TakeAsync(watch, 1)).Key);
    }

    [Fact]
    public async Task A_waiting_watcher_is_woken()
    {
        await using var watch = await OpenWatchAsync();
        await using var changes = watch.ReadAsync(Cancel).GetAsyncEnumerator(Cancel);
        var next = changes.MoveNextAsync();
        Assert.False(next.IsCompleted);

        await WriteAsync(Key(RecordKind.Wish, "a.test"), Content());

        Assert.True(await next);
        Assert.Equal("a.test", changes.Current.Key!.Value.Name);
    }

    [Fact]
    public async Task A_watcher_is_told_what_another_process_did()
    {
        var other = OpenAnother();
        await using var watch = await OpenWatchAsync();
        await using var changes = watch.ReadAsync(Cancel).GetAsyncEnumerator(Cancel);
        var next = changes.MoveNextAsync().AsTask();

        var version = await other.WriteAsync(new StoreWrite(Key(RecordKind.Wish, "a.test"), Content()), Cancel);
        await PassUntilAsync(next);
        Assert.Equal((StoreChangeKind.Written, "a.test"), (changes.Current.Kind, changes.Current.Key!.Value.Name));

        next = changes.MoveNextAsync().AsTask();
        await other.DeleteAsync(new StoreDeletion(Key(RecordKind.Wish, "a.test")) { Expected = version }, Cancel);
        await PassUntilAsync(next);
        Assert.Equal((StoreChangeKind.Deleted, "a.test"), (changes.Current.Kind, changes.Current.Key!.Value.Name));
    }

    [Fact]
    public async Task A_watcher_ends_with_its_token()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var watch = await OpenWatchAsync();
        await using var changes = watch.ReadAsync(stop.Token).GetAsyncEnumerator(Cancel);
        var next = changes.MoveNextAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("0:0")]
    public async Task A_cursor_the_store_does_not_know_is_answered_by_a_reset(string cursor)
    {
        await WriteAsync(Key(RecordKind.Wish, "a.test"), Content());
        await using var watch = await OpenWatchAsync(new StoreCursor(cursor));

        var reset = Assert.Single(await TakeAsync(watch, 1));
        Assert.Equal((StoreChangeKind.Reset, null), (reset.Kind, reset.Key));

        await using var resumed = await OpenWatchAsync(reset.Cursor);
        await WriteAsync(Key(RecordKind.Wish, "b.test"), Content());
        Assert.Equal("b.test", Assert.Single(await TakeAsync(resumed, 1)).Key!.Value.Name);
    }

    [Fact]
    public async Task A_lease_excludes_other_owners_until_it_is_given_back()
    {
        var other = OpenAnother();
        var lease = await TryLeaseAsync("state", "one");
        Assert.NotNull(lease);
        Assert.InRange(lease.Remaining, TimeSpan.FromTicks(1), LeaseDuration);
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.Null(await TryLeaseAsync("state", "two"));
        Assert.Null(await TryLeaseAsync("state", "two", other));
        Assert.NotNull(await TryLeaseAsync("other", "two"));

        await lease.DisposeAsync();
        Assert.True(lease.Lost.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, lease.Remaining);
        Assert.NotNull(await TryLeaseAsync("state", "two", other));
    }

    [Fact]
    public async Task A_lease_ends_unless_it_is_renewed()
    {
        var lease = (await TryLeaseAsync("state", "one"))!;
        await PassAsync(LeaseDuration * 0.6);
        Assert.True(await lease.RenewAsync(LeaseDuration, Cancel));

        // Longer than it was taken for. Where the clock is nobody's, the rest is what a slow machine takes for a call.
        await PassAsync(LeaseDuration * 0.6);
        Assert.Null(await TryLeaseAsync("state", "two"));
        Assert.InRange(lease.Remaining, TimeSpan.FromTicks(1), LeaseDuration * 0.4);
        await PassAsync(LeaseDuration * 0.5);

        Assert.Equal(TimeSpan.Zero, lease.Remaining);
        await LostAsync(lease);
        var second = await TryLeaseAsync("state", "two");
        Assert.NotNull(second);
        Assert.False(await lease.RenewAsync(LeaseDuration, Cancel));
        await lease.DisposeAsync();
        Assert.True(await second.RenewAsync(LeaseDuration, Cancel));
    }

    /// <summary>For its holder, whose clock it is. An engine's own clock is the engine's matter.</summary>
    [Fact]
    public async Task A_clock_that_is_set_neither_ends_nor_prolongs_a_lease()
    {
        var lease = (await TryLeaseAsync("state", "one"))!;

        SetTimeOfDay(TimeSpan.FromDays(1));
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.InRange(lease.Remaining, TimeSpan.FromTicks(1), LeaseDuration);
        Assert.Null(await TryLeaseAsync("state", "two"));
        await PassAsync(LeaseDuration * 0.5);
        Assert.InRange(lease.Remaining, TimeSpan.FromTicks(1), LeaseDuration * 0.5);
        Assert.Null(await TryLeaseAsync("state", "two"));

        SetTimeOfDay(TimeSpan.FromDays(-2));
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.InRange(lease.Remaining, TimeSpan.FromTicks(1), LeaseDuration * 0.5);
        Assert.Null(await TryLeaseAsync("state", "two"));
        await PassAsync(LeaseDuration * 0.6);
        Assert.Equal(TimeSpan.Zero, lease.Remaining);
        await LostAsync(lease);
        Assert.NotNull(await TryLeaseAsync("state", "two"));
    }

    [Fact]
    public async Task An_owner_that_leases_again_loses_its_older_lease()
    {
        var first = (await TryLeaseAsync("state", "one"))!;
        var second = (await TryLeaseAsync("state", "one"))!;

        Assert.True(second.Fence.Token > first.Fence.Token);
        Assert.False(await first.RenewAsync(LeaseDuration, Cancel));
        await LostAsync(first);
        Assert.False(second.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_write_under_a_lost_lease_is_refused()
    {
        var key = Key(RecordKind.Order, "shop.test");
        var first = (await TryLeaseAsync("state", "one"))!;
        var version = await WriteAsync(key, Content(("a", "1")), fence: first.Fence);
        await first.DisposeAsync();
        var second = (await TryLeaseAsync("state", "two", OpenAnother()))!;

        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(key, Content(("a", "2")), fence: first.Fence).AsTask());
        await Assert.ThrowsAsync<StoreConflictException>(() => DeleteAsync(key, version, first.Fence).AsTask());
        await WriteAsync(key, Content(("a", "3")), version, second.Fence);
    }

    [Fact]
    public async Task A_fence_outlives_its_lease()
    {
        var first = (await TryLeaseAsync("state", "one"))!;
        await first.DisposeAsync();
        var second = (await TryLeaseAsync("state", "one"))!;
        await second.DisposeAsync();

        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(Key(RecordKind.Order, "shop.test"), Content(), fence: first.Fence).AsTask());
        Assert.True((await TryLeaseAsync("state", "two", OpenAnother()))!.Fence.Token > second.Fence.Token);
    }

    private ValueTask<IStoreWatch> OpenWatchAsync(StoreCursor? after = null) => Store.OpenWatchAsync(new StoreWatchRequest { After = after }, Cancel);

    private ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, IAcmeStore? store = null) => (store ?? Store).TryLeaseAsync(new StoreLeaseRequest(resource, owner, LeaseDuration), Cancel);

    /// <summary>On the store's clock, however many steps it takes.</summary>
    private async Task PassUntilAsync(Task<bool> done)
    {
        for (var step = 0; step < 600 && !done.IsCompleted; step++)
        {
            await PassAsync(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(20), Cancel));
        }

        Assert.True(done.IsCompleted, "Nobody said so within a minute of the store's clock.");
        Assert.True(await done);
    }

    private static async Task LostAsync(IStoreLease lease)
    {
        var lost = new TaskCompletionSource();
        await using var registration = lease.Lost.Register(lost.SetResult);
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    private static async Task<List<StoreChange>> TakeAsync(IStoreWatch watch, int count)
    {
        var changes = new List<StoreChange>();
        await foreach (var change in watch.ReadAsync(Cancel))
        {
            changes.Add(change);
            if (changes.Count == count) break;
        }

        return changes;
    }
}
