using System.Text;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;
using CsCheck;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Several processes on one server.</summary>
public sealed class RedisRaceTests(RedisConformanceTests.Server server) : IClassFixture<RedisConformanceTests.Server>
{
    private const int Many = 10_000;
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Writes, deletions and new beginnings at random; whoever says he won is the one whose content is there.</summary>
    [Fact]
    public async Task Of_several_that_expect_the_same_exactly_one_wins_each_round()
    {
        IAcmeStore[] stores = [server.Redis.OpenStore(_prefix), server.Redis.OpenStore(_prefix), server.Redis.OpenStore(_prefix)];
        await Gen.Bool.List[3, 3].SampleAsync(
            async deletes =>
            {
                var key = new RecordKey(RecordKind.Ledger, "raced");
                var before = (await stores[0].ReadAsync(key, Stop))?.Version ?? RecordVersion.Absent;
                var mayDelete = before != RecordVersion.Absent;
                var outcomes = await Task.WhenAll(stores.Select((store, i) => Task.Run(() => TryAsync(store, key, before, $"{i}", deletes[i] && mayDelete), Stop)));

                var won = Assert.Single(outcomes, outcome => outcome is not null)!;
                var after = await stores[1].ReadAsync(key, Stop);
                Assert.Equal(won, after is null ? "deleted" : Encoding.UTF8.GetString(after.Content.Find("a")!.Value.Span));
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public async Task A_holder_whose_lease_has_passed_cannot_write_and_the_next_one_can()
    {
        var (paused, next) = (server.Redis.OpenStore(_prefix), server.Redis.OpenStore(_prefix));
        var key = new RecordKey(RecordKind.Order, "shop.test");
        var (lease, version) = await WrittenUnderLease.MakeAsync(paused, new StoreLeaseRequest("shop.test", "one", TimeSpan.FromSeconds(3)), new StoreWrite(key, Content("1")), Stop);
        await Until.IsSoAsync(() => lease.Lost.IsCancellationRequested, Stop);

        // Whether or not somebody else has taken it by then; the server's end is a little later than the holder's.
        await Until.ThrowsAsync<StoreConflictException>(() => WriteAsync(paused, key, "2", lease.Fence), Stop);
        var taken = (await Until.ItWorksAsync(async () => (await next.TryLeaseAsync(new StoreLeaseRequest("shop.test", "two", TimeSpan.FromMinutes(1)), Stop))!, Stop));
        await Assert.ThrowsAsync<StoreConflictException>(() => WriteAsync(paused, key, "2", lease.Fence));
        await Assert.ThrowsAsync<StoreConflictException>(() => paused.DeleteAsync(new StoreDeletion(key) { Expected = version, Fence = lease.Fence }, Stop).AsTask());

        await WriteAsync(next, key, "3", taken.Fence);
        Assert.Equal("3", Encoding.UTF8.GetString((await paused.ReadAsync(key, Stop))!.Content.Find("a")!.Value.Span));
    }

    [Fact]
    public async Task Ten_thousand_records_are_listed_in_order_by_pages()
    {
        var store = server.Redis.OpenStore(_prefix);
        var names = Enumerable.Range(0, Many).Select(i => $"host{i % 5_000}.test@2026{i / 5_000}").ToList();
        foreach (var batch in names.Chunk(500)) await Task.WhenAll(batch.Select(name => store.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Certificate, name), Content(name)), Stop).AsTask()));
        names.Sort(RecordKey.NameOrder);

        var (entries, records, heads, named) = (new List<string>(), new List<string>(), new Dictionary<string, string>(), new List<(int Heads, IReadOnlyCollection<string> Names)>());
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Stop)) entries.Add(entry.Key.Name);
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Certificate), Stop)) records.Add(Encoding.UTF8.GetString(record.Content.Find("a")!.Value.Span));
        await foreach (var part in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "a") { Named = told => named.Add((heads.Count, told)) }, Stop)) heads[part.Key.Name[..part.Key.Name.IndexOf('@')]] = Encoding.UTF8.GetString(part.Bytes!.Value.Span);

        Assert.Equal(names, entries);
        Assert.Equal(names, records);
        Assert.Equal(5_000, heads.Count);
        Assert.Equal(0, Assert.Single(named).Heads);
        Assert.Equal(names.Where(name => name.EndsWith("@20261", StringComparison.Ordinal)), named[0].Names.Order(RecordKey.NameOrder));
        Assert.All(heads, head => Assert.Equal($"{head.Key}@20261", head.Value));
    }

    /// <summary>The feed keeps the last ones; who comes with an older place is told to list.</summary>
    [Fact]
    public async Task A_place_in_the_feed_that_was_cut_off_is_answered_by_a_reset()
    {
        var store = server.Redis.OpenStore(_prefix);
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        for (var i = 0; i < 3; i++) await WriteAsync(store, new RecordKey(RecordKind.Order, $"{i}.test"), "1", null);
        await server.Redis.AskAsync("XTRIM", $"{{{_prefix}}}:feed", "MAXLEN", "1");

        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Stop));
        Assert.Equal(StoreChangeKind.Reset, changes.Current.Kind);
    }

    private static async Task<string?> TryAsync(IAcmeStore store, RecordKey key, RecordVersion expected, string text, bool deletes)
    {
        try
        {
            if (deletes) return await store.DeleteAsync(new StoreDeletion(key) { Expected = expected }, Stop) ? "deleted" : null;
            await store.WriteAsync(new StoreWrite(key, Content(text)) { Expected = expected }, Stop);
            return text;
        }
        catch (StoreConflictException)
        {
            return null;
        }
    }

    private static RecordContent Content(string text) => new([new RecordPart("a", Encoding.UTF8.GetBytes(text))]);

    private static Task<RecordVersion> WriteAsync(IAcmeStore store, RecordKey key, string text, Fence? fence) => store.WriteAsync(new StoreWrite(key, Content(text)) { Fence = fence }, Stop).AsTask();
}
