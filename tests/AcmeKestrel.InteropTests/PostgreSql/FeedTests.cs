using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>The feed misses nothing, whoever writes, and says so where it might have.</summary>
public sealed class FeedTests(SharedPostgreSql postgreSql)
{
    /// <summary>Who waits for what was missed waits for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Numbers that a sequence gives become visible in another order than they were given: a reader would go past one that is not there yet.</summary>
    /// <param name="isOneProcess">They follow their own changes, and none may be called lost.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_eight_writers_at_once_no_change_is_missed_and_the_changes_of_a_record_come_in_their_order(bool isOneProcess)
    {
        const int Writers = 8, Rounds = 60;
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var reader = scene.Open();
        var resuming = isOneProcess ? reader : scene.Open();
        await using var watch = await reader.OpenWatchAsync(new StoreWatchRequest(), Stop);

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(isOneProcess ? reader : scene.Open(), $"{writer}.test")));
        var read = ReadAsync(watch);
        var resumed = ResumeAsync(watch.Start);
        await writing;

        foreach (var changes in new[] { await read.WaitAsync(Patience, Stop), await resumed.WaitAsync(Patience, Stop) })
        {
            foreach (var record in changes.GroupBy(change => change.Key!.Value))
            {
                Assert.Equal(Enumerable.Range(0, 2 * Rounds).Select(i => i % 2 == 0 ? StoreChangeKind.Written : StoreChangeKind.Deleted), record.Select(change => change.Kind));
            }

            Assert.Equal(Writers, changes.Select(change => change.Key).Distinct().Count());
        }

        static async Task WriteAsync(PostgreSqlStore store, string name)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var version = await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish(name), PostgreSqlScene.Content($"{round}")) { Expected = RecordVersion.Absent }, Stop);
                await store.DeleteAsync(new StoreDeletion(PostgreSqlScene.Wish(name)) { Expected = version }, Stop);
            }
        }

        static async Task<List<StoreChange>> ReadAsync(IStoreWatch watch, int count = 2 * Writers * Rounds)
        {
            var changes = new List<StoreChange>();
            await foreach (var change in watch.ReadAsync(Stop))
            {
                changes.Add(change);
                if (changes.Count == count) break;
            }

            return changes;
        }

        // As one that is started anew again and again.
        async Task<List<StoreChange>> ResumeAsync(StoreCursor cursor)
        {
            var changes = new List<StoreChange>();
            while (changes.Count < 2 * Writers * Rounds)
            {
                await using var next = await resuming.OpenWatchAsync(new StoreWatchRequest { After = cursor }, Stop);
                changes.AddRange(await ReadAsync(next, Math.Min(7, (2 * Writers * Rounds) - changes.Count)));
                cursor = changes[^1].Cursor;
            }

            return changes;
        }
    }

    [Fact]
    public async Task The_feed_is_kept_short_and_who_comes_too_late_is_told_to_list_again()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        await using var early = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await AppendAsync(scene, 12500);

        var reset = await FirstAsync(early);
        Assert.Equal((StoreChangeKind.Reset, null), (reset.Kind, reset.Key));
        await using var resumed = await store.OpenWatchAsync(new StoreWatchRequest { After = reset.Cursor }, Stop);
        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("b.test"), PostgreSqlScene.Content("1")), Stop);

        Assert.Equal("b.test", (await FirstAsync(resumed)).Key!.Value.Name);
        Assert.InRange((long)(await scene.ExecuteAsync("SELECT count(*) FROM acme.change", Stop))!, 10_000, 11_001);
    }

    /// <summary>The database is one that never had it, with or without more that came since: all who follow in that process are told once, and those of another process, which had not read it, are not.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task What_this_process_wrote_and_the_database_lacks_is_told_to_each_who_stood_before_it(int since)
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var (store, other) = (scene.Open(), scene.Open());
        await WriteAsync(store, 1);
        await using var early = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var second = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        var kept = await scene.ExecuteAsync("SELECT position FROM acme.feed", Stop);
        await WriteAsync(store, 2);
        await scene.ExecuteAsync($"DELETE FROM acme.change WHERE position > {kept}; UPDATE acme.feed SET position = {kept}", Stop);
        await WriteAsync(store, since);

        foreach (var watch in new[] { early, second, await store.OpenWatchAsync(new StoreWatchRequest { After = early.Start }, Stop) })
        {
            await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Patience, Stop));
            Assert.Equal(StoreChangeKind.Reset, changes.Current.Kind);
            await TellAsync(store, changes, "next.test");
            await using var resumed = await store.OpenWatchAsync(new StoreWatchRequest { After = changes.Current.Cursor }, Stop);
            await using var more = resumed.ReadAsync(Stop).GetAsyncEnumerator(Stop);
            await TellAsync(store, more, "more.test");
        }

        await using var foreign = await other.OpenWatchAsync(new StoreWatchRequest { After = early.Start }, Stop);
        Assert.Equal(StoreChangeKind.Written, (await FirstAsync(foreign)).Kind);
    }

    [Fact]
    public async Task A_change_of_this_process_that_comes_pages_later_is_not_called_lost()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await AppendAsync(scene, 2500);
        await WriteAsync(store, 1);

        var kinds = new List<StoreChangeKind>();
        await foreach (var change in watch.ReadAsync(Stop))
        {
            kinds.Add(change.Kind);
            if (kinds.Count == 2501) break;
        }

        Assert.All(kinds, kind => Assert.Equal(StoreChangeKind.Written, kind));
    }

    [Theory]
    [InlineData(0, StoreChangeKind.Written)]
    [InlineData(2, StoreChangeKind.Reset)]
    public async Task A_restored_backup_goes_on_for_whoever_has_seen_nothing_that_it_lacks_and_else_is_another_database(int lost, StoreChangeKind expected)
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        await using (var before = new PostgreSqlScene(scene.Server, scene.Database)) await WriteAsync(before.Open(), 3);
        await scene.Server.ExecuteAsync("postgres", $"CREATE DATABASE backup_{scene.Database} TEMPLATE {scene.Database} OWNER acme", Stop);
        await WriteAsync(scene.Open(), lost);
        await using var last = await scene.Open().OpenWatchAsync(new StoreWatchRequest(), Stop);

        // What it lacks was done in another way meanwhile, and more.
        await using var restored = new PostgreSqlScene(scene.Server, $"backup_{scene.Database}");
        await WriteAsync(restored.Open(), lost + 2);
        await using var watch = await restored.Open().OpenWatchAsync(new StoreWatchRequest { After = last.Start }, Stop);

        Assert.Equal(expected, (await FirstAsync(watch)).Kind);
    }

    /// <summary>Neither the versions nor the fences of the lost days are good for anything.</summary>
    [Fact]
    public async Task After_a_restored_backup_versions_and_fences_that_it_lacks_are_refused()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        await using (var before = new PostgreSqlScene(scene.Server, scene.Database)) await before.Open().ReadAsync(PostgreSqlScene.Wish("a.test"), Stop);
        await scene.Server.ExecuteAsync("postgres", $"CREATE DATABASE backup_{scene.Database} TEMPLATE {scene.Database} OWNER acme", Stop);
        var (lostVersion, lostLease) = await UseAsync(scene.Open());

        await using var restored = new PostgreSqlScene(scene.Server, $"backup_{scene.Database}");
        var store = restored.Open();
        var (version, lease) = await UseAsync(store);

        Assert.NotEqual(lostVersion, version);
        await Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("2")) { Expected = lostVersion }, Stop).AsTask());
        await Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("2")) { Fence = lostLease.Fence }, Stop).AsTask());
        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("2")) { Expected = version, Fence = lease.Fence }, Stop);

        static async Task<(RecordVersion Version, IStoreLease Lease)> UseAsync(PostgreSqlStore store)
        {
            var lease = await store.TryLeaseAsync(new StoreLeaseRequest("state", Guid.NewGuid().ToString(), TimeSpan.FromMinutes(5)), Stop);
            return (await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("1")) { Fence = lease!.Fence }, Stop), lease);
        }
    }

    /// <summary>Ten in a row: a reader that only looked would take ten seconds each time, where a machine that is busy does once or twice.</summary>
    [Fact]
    public async Task A_change_of_another_process_is_told_at_once()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var (reader, writer) = (scene.Open(), scene.Open());
        await using var watch = await reader.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        await TellAsync(writer, changes, "first.test");

        await Until.IsSoAsync(
            async () =>
            {
                var from = TimeProvider.System.GetTimestamp();
                for (var i = 0; i < 10; i++) await TellAsync(writer, changes, string.Create(CultureInfo.InvariantCulture, $"{i}.test"));
                return TimeProvider.System.GetElapsedTime(from) < TimeSpan.FromSeconds(5);
            },
            Stop);
    }

    /// <summary>As behind a pooler that gives each statement another session: nothing is ever told.</summary>
    [Fact]
    public async Task Without_notifications_the_changes_are_found_by_looking()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var (reader, writer) = (scene.Open(), scene.Open());
        await using var watch = await reader.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await scene.ExecuteAsync("CREATE OR REPLACE FUNCTION acme.append(p_position bigint, p_deleted boolean, p_kind text, p_name text) RETURNS text LANGUAGE sql AS $$ INSERT INTO acme.change VALUES (p_position, p_position || '-x', p_deleted, p_kind, p_name) RETURNING mark $$", Stop);
        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);

        for (var i = 0; i < 3; i++) await TellAsync(writer, changes, string.Create(CultureInfo.InvariantCulture, $"{i}.test"));
    }

    /// <summary>Changes as somebody else makes them, and quickly.</summary>
    private static Task AppendAsync(PostgreSqlScene scene, int count) => scene.ExecuteAsync(
        $"""
        DO $$ DECLARE p bigint; BEGIN
            FOR i IN 1..{count} LOOP
                UPDATE acme.feed SET position = position + 1 RETURNING position INTO p;
                PERFORM acme.append(p, false, 'wish', 'a.test');
            END LOOP;
        END $$
        """,
        Stop);

    private static async Task TellAsync(PostgreSqlStore writer, IAsyncEnumerator<StoreChange> changes, string name)
    {
        var next = changes.MoveNextAsync();
        await writer.WriteAsync(new StoreWrite(PostgreSqlScene.Wish(name), PostgreSqlScene.Content("1")), Stop);
        Assert.True(await next);
        Assert.Equal(name, changes.Current.Key!.Value.Name);
    }

    private static async Task WriteAsync(PostgreSqlStore store, int count)
    {
        for (var i = 0; i < count; i++) await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content($"{i}")), Stop);
    }

    private static async Task<StoreChange> FirstAsync(IStoreWatch watch)
    {
        await foreach (var change in watch.ReadAsync(Stop)) return change;
        throw new InvalidOperationException("It ended.");
    }
}
