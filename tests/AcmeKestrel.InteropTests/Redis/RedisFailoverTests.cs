using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Redis;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A replica is promoted that never got the last writes which its primary acknowledged.</summary>
public sealed class RedisFailoverTests : IAsyncLifetime
{
    private static readonly RecordKey Kept = new(RecordKind.Order, "kept.test");
    private static readonly RecordKey Lost = new(RecordKind.Order, "lost.test");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private RedisPair _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisPair.StartAsync(Stop);

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Fact]
    public async Task What_was_lost_is_told_and_nothing_of_it_counts()
    {
        await using var store = Open();
        var replicated = await WriteAsync(store, Kept);
        var replicatedLease = (await LeaseAsync(store, "replicated"))!;
        await using var seen = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var unread = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Wish }, Stop);
        await using var changes = seen.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        await _redis.CutAsync(Stop);

        var lostLease = (await LeaseAsync(store, "lost"))!;
        var lost = await WriteAsync(store, Kept);
        await WriteAsync(store, Lost);
        for (var change = 0; change < 2; change++) Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));

        await _redis.PromoteAsync(Stop);
        Assert.Equal(replicated, (await Until.ItWorksAsync(() => store.ReadAsync(Kept, Stop).AsTask(), Stop))!.Version);
        Assert.Null(await store.ReadAsync(Lost, Stop));

        // Of what it had seen, and of what it had written and not seen.
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
        Assert.Equal(StoreChangeKind.Reset, changes.Current.Kind);
        Assert.Equal(StoreChangeKind.Reset, (await FirstAsync(unread).WaitAsync(Limit, Stop)).Kind);

        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(store, Kept, lost));
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(store, Kept, fence: lostLease.Fence));
        var next = await LeaseAsync(Open(), "lost", owner: "two");
        Assert.True(next!.Fence.Token > lostLease.Fence.Token);
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(store, Kept, fence: lostLease.Fence));
        Assert.False(await lostLease.RenewAsync(TimeSpan.FromMinutes(5), Stop));
        Assert.True(lostLease.Lost.IsCancellationRequested);

        // What was replicated holds.
        Assert.True(await replicatedLease.RenewAsync(TimeSpan.FromMinutes(5), Stop));
        await WriteAsync(store, Kept, replicated, replicatedLease.Fence);
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
        Assert.Equal((StoreChangeKind.Written, Kept), (changes.Current.Kind, changes.Current.Key!.Value));
    }

    /// <summary>It would renew its lease, see nothing due of what it knows, and order nothing.</summary>
    [Fact]
    public async Task Whoever_has_the_state_gives_it_back_where_its_lease_survived_and_its_last_commit_did_not()
    {
        await using var store = Open();
        var lease = new StateLease(store, LeaseTimes.Of(store, TimeSpan.FromMinutes(5)), TimeProvider.System, NullLogger<StateLease>.Instance);
        Assert.True(await lease.TryTakeAsync(Stop));
        var session = lease.Session!;
        await session.WriteAsync(Kept, Content, Stop);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var following = FollowAsync(new LostChanges(store, lease), over.Token);
        await _redis.ReplicatedAsync(Stop);
        await _redis.CutAsync(Stop);
        await session.WriteAsync(Lost, Content, Stop);

        await _redis.PromoteAsync(Stop);
        await Until.IsSoAsync(() => lease.Problem == LostChanges.Problem, Stop);

        Assert.True(await lease.TryTakeAsync(Stop));
        Assert.Null(await lease.Session!.ReadAsync(Lost, Stop));
        Assert.True(lease.Session.Fence!.Value.Token > session.Fence!.Value.Token);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

        // As the worker does, but sooner.
        static async Task FollowAsync(LostChanges losses, CancellationToken cancellationToken)
        {
            while (true)
            {
                try
                {
                    await losses.FollowAsync(cancellationToken);
                }
                catch (StoreUnavailableException)
                {
                    await Task.Delay(100, cancellationToken);
                }
            }
        }
    }

    /// <summary>And has written more since, before any of its readers looked: each of them is told once, also one that was opened anew at its place.</summary>
    [Fact]
    public async Task A_process_that_writes_on_after_the_loss_of_a_write_is_told_of_it_all_the_same()
    {
        await using var store = Open();
        await WriteAsync(store, Kept);
        await using var first = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var second = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Wish }, Stop);
        await _redis.CutAsync(Stop);
        await WriteAsync(store, Lost);
        await _redis.PromoteAsync(Stop);
        for (var i = 0; i < 3; i++) await Until.ItWorksAsync(() => WriteAsync(store, Kept), Stop);

        foreach (var watch in new[] { first, second, await store.OpenWatchAsync(new StoreWatchRequest { After = first.Start }, Stop) })
        {
            await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
            Assert.Equal(StoreChangeKind.Reset, changes.Current.Kind);
            await WriteAsync(store, new RecordKey(RecordKind.Wish, "new.test"));
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
            Assert.Equal(StoreChangeKind.Written, changes.Current.Kind);
        }
    }

    /// <summary>Neither of them is the process that wrote: the one has seen what was lost, the other one has not read yet.</summary>
    [Fact]
    public async Task Who_had_seen_what_was_lost_is_told_and_who_had_not_goes_on_without_a_word()
    {
        await using var writer = Open();
        await using var reader = Open();
        await using var other = Open();
        await using var watch = await reader.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var seen = await other.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var told = seen.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        await WriteAsync(writer, Kept);
        await _redis.ReplicatedAsync(Stop);
        await _redis.CutAsync(Stop);
        await WriteAsync(writer, Lost);
        for (var change = 0; change < 2; change++) Assert.True(await told.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
        await _redis.PromoteAsync(Stop);
        await Until.ItWorksAsync(() => WriteAsync(writer, new RecordKey(RecordKind.Order, "new.test")), Stop);

        await Until.ItWorksAsync(() => other.ReadAsync(Kept, Stop).AsTask(), Stop);
        Assert.True(await told.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
        Assert.Equal(StoreChangeKind.Reset, told.Current.Kind);

        await Until.ItWorksAsync(() => reader.ReadAsync(Kept, Stop).AsTask(), Stop);
        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        foreach (var name in (string[])["kept.test", "new.test"])
        {
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Limit, Stop));
            Assert.Equal(name, changes.Current.Key!.Value.Name);
        }
    }

    /// <summary>What an operator sets who would rather wait than lose: no write is acknowledged that no replica is there for.</summary>
    [Fact]
    public async Task A_primary_that_must_have_a_replica_takes_no_write_without_one()
    {
        await using var store = Open();
        await WriteAsync(store, Kept);
        await _redis.Primary.AskAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        await _redis.CutAsync(Stop);

        var told = await Until.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(store, Lost), Stop);
        Assert.Contains("min-replicas-to-write", told.Message, StringComparison.Ordinal);
        Assert.NotNull(await store.ReadAsync(Kept, Stop));
    }

    private RedisStore Open() => new(ConfigurationOptions.Parse(_redis.Configuration));

    private static RecordContent Content => new([new RecordPart("a", "1"u8.ToArray())]);

    private static Task<RecordVersion> WriteAsync(IAcmeStore store, RecordKey key, RecordVersion? expected = null, Fence? fence = null) =>
        store.WriteAsync(new StoreWrite(key, Content) { Expected = expected, Fence = fence }, Stop).AsTask();

    private static ValueTask<IStoreLease?> LeaseAsync(IAcmeStore store, string resource, string owner = "one") =>
        store.TryLeaseAsync(new StoreLeaseRequest(resource, owner, TimeSpan.FromMinutes(5)), Stop);

    private static async Task<StoreChange> FirstAsync(IStoreWatch watch)
    {
        await foreach (var change in watch.ReadAsync(Stop)) return change;
        throw new InvalidOperationException("A feed does not end.");
    }
}
