using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>A standby is promoted that never got the last writes which its primary acknowledged.</summary>
public sealed class FailoverTests : IAsyncLifetime
{
    private PostgreSqlServer _primary = null!;
    private PostgreSqlServer _standby = null!;
    private PostgreSqlScene _scene = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static RecordKey Key => PostgreSqlScene.Wish("a.test");

    public async ValueTask InitializeAsync()
    {
        _primary = await PostgreSqlServer.StartAsync(Stop);
        _standby = await _primary.FollowAsync(Stop);
        _scene = new PostgreSqlScene(_primary, await _primary.CreateDatabaseAsync(Stop), "Host Recheck Seconds=1");
    }

    public async ValueTask DisposeAsync()
    {
        if (_scene is not null) await _scene.DisposeAsync();
        if (_standby is not null) await _standby.DisposeAsync();
        if (_primary is not null) await _primary.DisposeAsync();
    }

    [Fact]
    public async Task What_was_lost_is_told_whether_or_not_it_was_read_and_nothing_of_it_counts()
    {
        var store = Open();
        await WriteAsync(store, "kept");
        var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(5)), Stop))!;
        await using var early = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await FollowedAsync();

        // It is read, and writes nothing.
        var beside = _scene.Open(_standby.ConnectionString(_scene.Database), "acme");
        Assert.Equal("kept", PostgreSqlScene.Text(await beside.ReadAsync(Key, Stop)));
        Assert.Contains("is read-only: it is a standby", (await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(beside, "x").AsTask())).Message, StringComparison.Ordinal);

        await _standby.StopAsync(Stop);
        var lost = await WriteAsync(store, "lost", lease.Fence);
        await using var late = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await PromoteAsync(store);

        Assert.Equal("kept", PostgreSqlScene.Text(await store.ReadAsync(Key, Stop)));
        await Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(Key, PostgreSqlScene.Content("x")) { Expected = lost }, Stop).AsTask());
        await WriteAsync(store, "after", lease.Fence);
        Assert.True(await lease.RenewAsync(TimeSpan.FromMinutes(5), Stop));
        Assert.Equal(StoreChangeKind.Reset, await FirstAsync(store, early.Start));
        Assert.Equal(StoreChangeKind.Reset, await FirstAsync(store, late.Start));

        // To another process, which had read nothing of it, it is as if it had never been.
        Assert.Equal(StoreChangeKind.Written, await FirstAsync(Open(), early.Start));
    }

    /// <summary>Its own reader stood still when the primary died, and it has written more since: the place that it goes on from is there as it was. It would see nothing due of what it knows, and order nothing.</summary>
    [Fact]
    public async Task Whoever_has_the_state_gives_it_back_where_its_lease_survived_and_its_last_commit_did_not()
    {
        var store = new Told(Open());
        var lease = new StateLease(store, LeaseTimes.Of(store, TimeSpan.FromMinutes(5)), TimeProvider.System, NullLogger<StateLease>.Instance);
        Assert.True(await lease.TryTakeAsync(Stop));
        var session = lease.Session!;
        await session.WriteAsync(Key, PostgreSqlScene.Content("kept"), Stop);
        var losses = new LostChanges(store, lease);
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(Stop))
        {
            var following = losses.FollowAsync(over.Token);
            await store.IsWatched.WaitAsync(Stop);
            await over.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        }

        await FollowedAsync();
        await _standby.StopAsync(Stop);
        await session.WriteAsync(PostgreSqlScene.Wish("lost.test"), PostgreSqlScene.Content("lost"), Stop);
        await PromoteAsync(store);
        await session.WriteAsync(PostgreSqlScene.Wish("after.test"), PostgreSqlScene.Content("after"), Stop);

        using (var over = CancellationTokenSource.CreateLinkedTokenSource(Stop))
        {
            var following = losses.FollowAsync(over.Token);
            await Patience.UntilAsync(_ => Task.FromResult(lease.Problem == LostChanges.Problem ? "" : null), () => "It never gave the state back.", Stop);
            await over.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        }

        Assert.True(await lease.TryTakeAsync(Stop));
        Assert.Null(await lease.Session!.ReadAsync(PostgreSqlScene.Wish("lost.test"), Stop));
        Assert.True(lease.Session.Fence!.Value.Token > session.Fence!.Value.Token);
    }

    private PostgreSqlStore Open() => _scene.Open($"{_primary.ConnectionString(_scene.Database)};Host=127.0.0.1:{_primary.Port},127.0.0.1:{_standby.Port}", "acme");

    /// <summary>The standby has all that was written so far.</summary>
    private async Task FollowedAsync()
    {
        var reached = (string)(await _primary.ExecuteAsync(_scene.Database, "SELECT pg_current_wal_lsn()::text", Stop))!;
        await Patience.UntilAsync(async token => await _standby.ExecuteAsync("postgres", $"SELECT pg_last_wal_replay_lsn() >= '{reached}'::pg_lsn", token) is true ? "" : null, () => _standby.Log, Stop);
    }

    /// <summary>And the store has found it.</summary>
    private async Task PromoteAsync(IAcmeStore store)
    {
        await _primary.CrashAsync(Stop);
        await _standby.StartAgainAsync(Stop);
        await _standby.ExecuteAsync("postgres", "SELECT pg_promote()", Stop);
        await Patience.UntilAsync(
            async token =>
            {
                try
                {
                    return await store.ReadAsync(Key, token);
                }
                catch (StoreUnavailableException)
                {
                    return null;
                }
            },
            () => _standby.Log,
            Stop);
    }

    private static async Task<StoreChangeKind> FirstAsync(PostgreSqlStore store, StoreCursor after)
    {
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { After = after }, Stop);
        await foreach (var change in watch.ReadAsync(Stop)) return change.Kind;
        throw new InvalidOperationException("It ended.");
    }

    private static ValueTask<RecordVersion> WriteAsync(PostgreSqlStore store, string text, Fence? fence = null) => store.WriteAsync(new StoreWrite(Key, PostgreSqlScene.Content(text)) { Fence = fence }, Stop);

    /// <summary>Tells when its feed is followed first.</summary>
    private sealed class Told(IAcmeStore inner) : DelegatingStore(inner)
    {
        private readonly TaskCompletionSource _isWatched = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsWatched => _isWatched.Task;

        public override async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
        {
            var watch = await Inner.OpenWatchAsync(request, cancellationToken);
            _isWatched.TrySetResult();
            return watch;
        }
    }
}
