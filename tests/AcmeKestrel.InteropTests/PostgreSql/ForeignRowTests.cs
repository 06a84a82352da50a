using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Rows that another program wrote, or a hand.</summary>
public sealed class ForeignRowTests(SharedPostgreSql postgreSql)
{
    private const string Columns = "INSERT INTO acme.record (kind, name, version, meta, parts, secret, bytes, size) VALUES";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_keep_nothing_else_from_being_read()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        await store.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Certificate, "shop.test@1"), PostgreSqlScene.Content("good")), Stop);
        await scene.ExecuteAsync($"{Columns} ('certificate', 'junk', 'x', NULL, '{{}}', '{{}}', '{{}}', 0), ('certificate', 'few.test@1', 'x', NULL, '{{a,b}}', '{{f,f}}', '{{x}}', 0), ('certificate', 'null.test@1', 'x', NULL, '{{a}}', '{{NULL}}', '{{x}}', 0)", Stop);

        var records = await ListAsync(store.ListAsync(new StoreQuery(RecordKind.Certificate), Stop));
        Assert.Equal([("few.test@1", true), ("null.test@1", true), ("shop.test@1", false)], records.Select(record => (record.Key.Name, record.Error is not null)));
        Assert.Equal(["few.test@1", "null.test@1", "shop.test@1"], (await ListAsync(store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Stop))).Select(entry => entry.Key.Name));
        Assert.Equal(["few.test@1", "null.test@1", "shop.test@1"], (await ListAsync(store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json"), Stop))).Select(head => head.Key.Name));
        Assert.Contains("few.test@1", (await store.ReadAsync(new RecordKey(RecordKind.Certificate, "few.test@1"), Stop))!.Error, StringComparison.Ordinal);
        Assert.True(await store.DeleteAsync(new StoreDeletion(new RecordKey(RecordKind.Certificate, "null.test@1")), Stop));
    }

    /// <summary>Of kinds and names that no store here could have written, and more of them than are read at once.</summary>
    [Fact]
    public async Task They_keep_no_other_change_from_being_told()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await scene.ExecuteAsync(
            """
            DO $$ DECLARE p bigint; BEGIN
                FOR i IN 1..1500 LOOP
                    UPDATE acme.feed SET position = position + 1 RETURNING position INTO p;
                    PERFORM acme.append(p, false, (ARRAY['Of another', 'certificate'])[i % 2 + 1], 'junk');
                END LOOP;
            END $$
            """,
            Stop);

        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("shop.test"), PostgreSqlScene.Content("1")), Stop);

        await using var changes = watch.ReadAsync(Stop).GetAsyncEnumerator(Stop);
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(90), Stop));
        Assert.Equal((StoreChangeKind.Written, PostgreSqlScene.Wish("shop.test")), (changes.Current.Kind, changes.Current.Key));
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items) list.Add(item);
        return list;
    }
}
