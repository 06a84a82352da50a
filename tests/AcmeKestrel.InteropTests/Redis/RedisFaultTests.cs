using System.Diagnostics;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Fleet;
using AcmeKestrel.Redis;
using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>What becomes of a store whose server is full, is away, stands still or has become another one.</summary>
public sealed class RedisFaultTests
{
    private static readonly RecordKey Shop = new(RecordKind.Order, "shop.test");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_not_there_is_said_in_time_and_used_as_soon_as_it_is()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        await server.StopAsync(Stop);
        var store = server.OpenStore();

        var watch = Stopwatch.StartNew();
        Assert.Equal($"Redis at 127.0.0.1:{server.Port} cannot be reached.", (await UnavailableAsync(() => WriteAsync(store))).Message);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));

        await server.StartAgainAsync(Stop);
        await UntilItWorksAsync(() => WriteAsync(store));
    }

    /// <summary>As a network does that forgets a connection: nobody is told, and no answer comes any more.</summary>
    [Fact]
    public async Task A_connection_that_is_open_and_mute_is_given_up_with_the_first_answer_that_does_not_come()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        await using var between = new TcpProxy(FreePort.Next(), server.Port);
        await using var store = new RedisStore(ConfigurationOptions.Parse($"127.0.0.1:{between.Port},asyncTimeout=3000,connectTimeout=10000"));
        await UntilItWorksAsync(() => WriteAsync(store));
        between.LosesAnswers = true;
        await UnavailableAsync(() => store.ReadAsync(Shop, Stop).AsTask());

        between.LosesAnswers = false;

        Assert.NotNull(await ReadAsync(retries: 2));

        // A machine that is busy may take too long for one; on a connection that was kept no answer ever comes.
        async Task<StoreRecord?> ReadAsync(int retries)
        {
            try
            {
                return await store.ReadAsync(Shop, Stop);
            }
            catch (StoreUnavailableException) when (retries > 0)
            {
                return await ReadAsync(retries - 1);
            }
        }
    }

    /// <summary>It kept nothing: what was written before is not there, and the feed says that it knows no more.</summary>
    [Fact]
    public async Task A_server_that_comes_back_empty_is_gone_on_with_and_the_feed_says_so()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        var version = await WriteAsync(store);
        var lease = await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop);

        await server.StopAsync(Stop);
        await UnavailableAsync(() => WriteAsync(store));
        await server.StartAgainAsync(Stop);

        Assert.Null(await UntilItWorksAsync(() => store.ReadAsync(Shop, Stop).AsTask()));
        Assert.False(await lease!.RenewAsync(TimeSpan.FromMinutes(1), Stop));
        Assert.True(lease.Lost.IsCancellationRequested);
        await Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(Shop, Content()) { Fence = lease.Fence }, Stop).AsTask());
        await Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(Shop, Content()) { Expected = version }, Stop).AsTask());
        Assert.True((await store.TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(1)), Stop))!.Fence.Token > lease.Fence.Token);
        Assert.Equal(StoreChangeKind.Reset, (await FirstAsync(watch).WaitAsync(TimeSpan.FromSeconds(60), Stop)).Kind);
    }

    [Fact]
    public async Task A_server_that_keeps_its_log_comes_back_with_everything_and_the_feed_goes_on()
    {
        await using var server = await RedisServer.StartAsync(Stop, null, "--appendonly", "yes");
        var store = server.OpenStore();
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        var version = await WriteAsync(store);
        var lease = await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(5)), Stop);

        await server.StopAsync(Stop);
        await server.StartAgainAsync(Stop);

        Assert.Equal(version, (await UntilItWorksAsync(() => store.ReadAsync(Shop, Stop).AsTask()))!.Version);
        Assert.True(await lease!.RenewAsync(TimeSpan.FromMinutes(5), Stop));
        Assert.Equal(StoreChangeKind.Written, (await FirstAsync(watch).WaitAsync(TimeSpan.FromSeconds(60), Stop)).Kind);
    }

    [Fact]
    public async Task A_full_server_takes_nothing_gives_everything_and_can_be_emptied()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        var version = await WriteAsync(store);
        await server.AskAsync("CONFIG", "SET", "maxmemory", "1");

        var told = await UnavailableAsync(() => store.WriteAsync(new StoreWrite(Shop, Content()) { Expected = version }, Stop).AsTask());
        Assert.StartsWith($"Redis at 127.0.0.1:{server.Port} is full (maxmemory)", told.Message, StringComparison.Ordinal);
        await UnavailableAsync(() => store.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Order, "new.test"), Content()), Stop).AsTask());
        await UnavailableAsync(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop).AsTask());

        // Not a part of it was written.
        Assert.Equal(version, (await store.ReadAsync(Shop, Stop))!.Version);
        Assert.Single(await NamesAsync(store));
        Assert.True(await store.DeleteAsync(new StoreDeletion(Shop) { Expected = version }, Stop));

        await server.AskAsync("CONFIG", "SET", "maxmemory", "0");
        await WriteAsync(store);
    }

    /// <summary>Else nobody could remove anything that is removed under a lease, and the server would stay full.</summary>
    [Fact]
    public async Task Who_has_a_lease_keeps_it_on_a_full_server_and_removes_under_it()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        await WriteAsync(store);
        var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(5)), Stop))!;
        await server.AskAsync("CONFIG", "SET", "maxmemory", "1");

        Assert.True(await lease.RenewAsync(TimeSpan.FromMinutes(9), Stop));
        Assert.InRange(lease.Remaining, TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(9));
        Assert.True(await store.DeleteAsync(new StoreDeletion(Shop) { Fence = lease.Fence }, Stop));
        await UnavailableAsync(() => store.WriteAsync(new StoreWrite(Shop, Content()) { Fence = lease.Fence }, Stop).AsTask());

        // It is the server that keeps it, and the one that has it can give it back.
        await server.AskAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.Null(await server.OpenStore().TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(1)), Stop));
        await server.AskAsync("CONFIG", "SET", "maxmemory", "1");
        await lease.DisposeAsync();
        await server.AskAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.NotNull(await server.OpenStore().TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(1)), Stop));
    }

    [Fact]
    public async Task A_read_only_replica_is_said()
    {
        await using var primary = await RedisServer.StartAsync(Stop);
        await using var replica = await RedisServer.StartAsync(Stop);
        await replica.AskAsync("REPLICAOF", "127.0.0.1", $"{primary.Port}");
        var store = replica.OpenStore();

        var told = await UnavailableAsync(() => WriteAsync(store));
        Assert.StartsWith($"Redis at 127.0.0.1:{replica.Port} is a read-only replica", told.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Redis at 127.0.0.1:{replica.Port} is a read-only replica", (await UnavailableAsync(() => store.ReadAsync(Shop, Stop).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_becomes_a_replica_takes_no_write_and_says_so()
    {
        await using var primary = await RedisServer.StartAsync(Stop);
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        await WriteAsync(store);
        await server.AskAsync("REPLICAOF", "127.0.0.1", $"{primary.Port}");

        Assert.Contains("is a read-only replica", (await UnavailableAsync(() => WriteAsync(store))).Message, StringComparison.Ordinal);
    }

    /// <summary>Its connections stand, and nothing comes.</summary>
    [Fact]
    public async Task A_server_that_stands_still_ends_every_call_in_time_and_is_used_when_it_goes_on()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore(change: options => options.AsyncTimeout = 2_000);
        var version = await UntilItWorksAsync(() => WriteAsync(store));
        var lease = (await UntilItWorksAsync(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(5)), Stop).AsTask()))!;
        await using var feed = await UntilItWorksAsync(() => store.OpenWatchAsync(new StoreWatchRequest(), Stop).AsTask());
        server.Pause();

        var watch = Stopwatch.StartNew();
        Task[] calls =
        [
            UnavailableAsync(() => store.ReadAsync(Shop, Stop).AsTask()),
            UnavailableAsync(() => NamesAsync(store)),
            UnavailableAsync(() => store.WriteAsync(new StoreWrite(Shop, Content()) { Expected = version }, Stop).AsTask()),
            UnavailableAsync(() => store.DeleteAsync(new StoreDeletion(new RecordKey(RecordKind.Order, "none.test")), Stop).AsTask()),
            UnavailableAsync(() => store.TryLeaseAsync(new StoreLeaseRequest("other", "one", TimeSpan.FromMinutes(1)), Stop).AsTask()),
            UnavailableAsync(() => lease.RenewAsync(TimeSpan.FromMinutes(5), Stop).AsTask()),
            UnavailableAsync(() => store.OpenWatchAsync(new StoreWatchRequest(), Stop).AsTask()),
            UnavailableAsync(() => FirstAsync(feed)),
        ];
        await Task.WhenAll(calls);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

        // Nobody knows whether it was renewed: it is not lost, and may be renewed again.
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.NotEqual(TimeSpan.Zero, lease.Remaining);

        server.GoOn();
        Assert.NotNull(await UntilItWorksAsync(() => store.ReadAsync(Shop, Stop).AsTask()));
        Assert.True(await UntilItWorksAsync(() => lease.RenewAsync(TimeSpan.FromMinutes(5), Stop).AsTask()));
    }

    /// <summary>What a caller gave up is still on its way to the server: the lease under which it was sent is over by then, and so is the write.</summary>
    [Fact]
    public async Task A_write_that_arrives_after_its_lease_is_not_done()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore(change: options => options.AsyncTimeout = 2_000);
        var (lease, _) = await WrittenUnderLease.MakeAsync(store, new StoreLeaseRequest("state", "one", TimeSpan.FromSeconds(5)), new StoreWrite(Shop, Content("in time")), Stop);
        var since = System.Diagnostics.Stopwatch.StartNew();
        server.Pause();

        await UnavailableAsync(() => store.WriteAsync(new StoreWrite(Shop, Content("too late")) { Fence = lease.Fence }, Stop).AsTask());
        // The server's end of it is later than the holder's by as long as the answer was on its way.
        await UntilAsync(() => lease.Lost.IsCancellationRequested && since.Elapsed > TimeSpan.FromSeconds(8));
        server.GoOn();

        var other = server.OpenStore();
        Assert.NotNull(await UntilItWorksAsync(() => other.TryLeaseAsync(new StoreLeaseRequest("state", "two", TimeSpan.FromMinutes(5)), Stop).AsTask()));
        Assert.Equal("in time", System.Text.Encoding.UTF8.GetString((await other.ReadAsync(Shop, Stop))!.Content.Find("a")!.Value.Span));
        await UntilItWorksAsync(() => Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(Shop, Content("too late")) { Fence = lease.Fence }, Stop).AsTask()));
    }

    [Fact]
    public async Task A_record_whose_content_was_thrown_away_is_said_to_be_damaged_and_can_be_removed_or_written_anew()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        await WriteAsync(store);
        await server.AskAsync("DEL", "{acme}:record:order/shop.test");

        Assert.Contains("maxmemory-policy", (await store.ReadAsync(Shop, Stop))!.Error, StringComparison.Ordinal);
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Order), Stop)) Assert.NotNull(record.Error);
        Assert.True(await store.DeleteAsync(new StoreDeletion(Shop), Stop));
        Assert.Null(await store.ReadAsync(Shop, Stop));
        await WriteAsync(store);
        Assert.Null((await store.ReadAsync(Shop, Stop))!.Error);
    }

    /// <summary>One that is no record's, or whose place holds something else, costs nobody the others.</summary>
    [Fact]
    public async Task What_another_program_put_there_keeps_nothing_from_being_read()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        var store = server.OpenStore();
        var good = new RecordKey(RecordKind.Certificate, "shop.test@1");
        await store.WriteAsync(new StoreWrite(good, Content("good")), Stop);
        await server.AskAsync("ZADD", "{acme}:names:certificate", 0, "junk", 0, "", 0, "other.test@1");
        await server.AskAsync("SET", "{acme}:record:certificate/other.test@1", "text");

        var records = await ListAsync(store.ListAsync(new StoreQuery(RecordKind.Certificate), Stop));
        Assert.Equal(["other.test@1", "shop.test@1"], records.Select(record => record.Key.Name));
        Assert.Contains("other.test@1", records[0].Error, StringComparison.Ordinal);
        Assert.Null(records[1].Error);
        Assert.Equal(["other.test@1", "shop.test@1"], (await ListAsync(store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Stop))).Select(entry => entry.Key.Name));
        var heads = await ListAsync(store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "a"), Stop));
        Assert.Equal([("other.test@1", false), ("shop.test@1", true)], heads.Select(head => (head.Key.Name, head.Bytes is not null)));
        Assert.True(await store.DeleteAsync(new StoreDeletion(new RecordKey(RecordKind.Certificate, "other.test@1")), Stop));
    }

    [Fact]
    public async Task A_server_that_throws_keys_away_is_warned_of()
    {
        await using var server = await RedisServer.StartAsync(Stop, null, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
        var log = new ListLogger();
        await using var store = server.OpenLoggedStore(log);
        await store.ReadAsync(Shop, Stop);

        await UntilAsync(() => log.Lines.Any(line => line.Contains("allkeys-lru", StringComparison.Ordinal)));
        await UntilAsync(() => log.Lines.Any(line => line.Contains("appendonly no", StringComparison.Ordinal)));
    }

    private static RecordContent Content(string text = "1") => new([new RecordPart("a", System.Text.Encoding.UTF8.GetBytes(text))]);

    private static Task<RecordVersion> WriteAsync(IAcmeStore store) => store.WriteAsync(new StoreWrite(Shop, Content()), Stop).AsTask();

    private static async Task<List<string>> NamesAsync(IAcmeStore store)
    {
        var names = new List<string>();
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Order), Stop)) names.Add(entry.Key.Name);
        return names;
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items) list.Add(item);
        return list;
    }

    private static async Task<StoreChange> FirstAsync(IStoreWatch watch)
    {
        await foreach (var change in watch.ReadAsync(Stop)) return change;
        throw new InvalidOperationException("A feed does not end.");
    }

    private static Task<StoreUnavailableException> UnavailableAsync<T>(Func<Task<T>> call) => Assert.ThrowsAsync<StoreUnavailableException>(call);

    private static Task<T> UntilItWorksAsync<T>(Func<Task<T>> call) => Until.ItWorksAsync(call, Stop);

    private static Task UntilAsync(Func<bool> isSo) => Until.IsSoAsync(isSo, Stop);
}
