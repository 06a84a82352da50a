using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>What stands between a store and the server.</summary>
public sealed class NetworkTests(SharedPostgreSql postgreSql)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static RecordKey Key => PostgreSqlScene.Wish("a.test");

    /// <summary>The server has the call, and nothing comes after it, not even the end of the connection. Locks that waited for more would stop all others for hours.</summary>
    [Fact]
    public async Task Who_is_cut_off_in_the_middle_of_a_change_holds_up_nobody()
    {
        var server = await postgreSql.GetAsync(Stop);
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop);
        await using var hasty = new PostgreSqlScene(server, scene.Database, "Command Timeout=2;Cancellation Timeout=-1");
        await using var way = new WithheldEnds(server.Port);
        var (cut, other) = (hasty.Open(new NpgsqlConnectionStringBuilder(server.ConnectionString(scene.Database)) { Port = way.Port }.ConnectionString, "acme"), scene.Open());
        Assert.Null(await other.ReadAsync(Key, Stop));
        var lease = (await Until.ItWorksAsync(() => cut.TryLeaseAsync(new StoreLeaseRequest("state", "cut", TimeSpan.FromMinutes(5)), Stop).AsTask(), Stop))!;
        way.Withhold(alsoNewOnes: true);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(cut, "cut").AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(cut, "fenced", lease.Fence).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.RenewAsync(TimeSpan.FromMinutes(1), Stop).AsTask());

        Assert.Contains("did not answer in time; whether something was changed is not known", refused.Message, StringComparison.Ordinal);
        await WriteAsync(other, "other");
        Assert.Equal("other", PostgreSqlScene.Text(await other.ReadAsync(Key, Stop)));
        Assert.NotNull(await other.TryLeaseAsync(new StoreLeaseRequest("state", "cut", TimeSpan.FromMinutes(5)), Stop));
        await Until.IsSoAsync(async () => await scene.ExecuteAsync("SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation WHERE relnamespace = 'acme'::regnamespace", Stop) is 0L, Stop);
    }

    /// <summary>As by a firewall that drops connections on which nothing was said for long.</summary>
    [Fact]
    public async Task Connections_that_the_network_has_forgotten_cost_one_call()
    {
        var server = await postgreSql.GetAsync(Stop);
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop, "Command Timeout=5;Cancellation Timeout=-1");
        await using var way = new WithheldEnds(server.Port);
        var store = scene.Open(new NpgsqlConnectionStringBuilder(server.ConnectionString(scene.Database)) { Port = way.Port }.ConnectionString, "acme");
        await Until.ItWorksAsync(() => WriteAsync(store, "1").AsTask(), Stop);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Until.ItWorksAsync(() => store.ReadAsync(Key, Stop).AsTask(), Stop)));
        way.Withhold(alsoNewOnes: false);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(Key, Stop).AsTask());
        for (var i = 0; i < 6; i++) await WriteAsync(store, "2");
    }

    [Fact]
    public async Task Behind_a_pooler_that_gives_each_transaction_another_session_all_works_and_changes_are_found_by_looking()
    {
        var server = await postgreSql.GetAsync(Stop);
        await using var pooler = await PgBouncerServer.StartAsync(server, Stop);
        await using var scene = await PostgreSqlScene.NewAsync(server, Stop);
        var stores = Enumerable.Range(0, 6).Select(_ => scene.Open(pooler.ConnectionString(scene.Database), "acme")).ToList();
        await using var watch = await stores[0].OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        var first = changes.MoveNextAsync();

        await Task.WhenAll(stores.Select((store, i) => WriteAsync(store, $"{i}").AsTask()));
        Assert.True(await first);
        for (var i = 1; i < stores.Count; i++) Assert.True(await changes.MoveNextAsync());

        var version = (await stores[1].ReadAsync(Key, Stop))!.Version;
        var won = await Task.WhenAll(stores.Select(store => TryAsync(() => store.WriteAsync(new StoreWrite(Key, PostgreSqlScene.Content("won")) { Expected = version }, Stop).AsTask())));
        Assert.Single(won, true);
        var lease = (await stores[2].TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop))!;
        Assert.Null(await stores[3].TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(1)), Stop));
        Assert.True(await lease.RenewAsync(TimeSpan.FromMinutes(1), Stop));
        await lease.DisposeAsync();
        await using var next = await stores[3].TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(1)), Stop);
        Assert.False(await TryAsync(() => WriteAsync(stores[2], "late", lease.Fence).AsTask()));
    }

    /// <summary>The standby lacks what was written last: nobody may believe that it is there.</summary>
    private static async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception refused) when (refused is StoreConflictException or StoreUnavailableException)
        {
            return false;
        }
    }

    private static ValueTask<RecordVersion> WriteAsync(PostgreSqlStore store, string text, Fence? fence = null) => store.WriteAsync(new StoreWrite(Key, PostgreSqlScene.Content(text)) { Fence = fence }, Stop);
}
