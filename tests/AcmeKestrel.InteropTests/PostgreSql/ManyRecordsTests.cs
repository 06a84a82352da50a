using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Ten thousand labels of three generations: lists read pages of them.</summary>
public sealed class ManyRecordsTests(SharedPostgreSql postgreSql)
{
    private const int Labels = 10_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_labels_are_listed_whole_in_order_and_by_their_heads()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        await store.ReadAsync(PostgreSqlScene.Wish("a.test"), Stop);
        await scene.ExecuteAsync(
            $"""
            INSERT INTO acme.record (kind, name, version, meta, parts, secret, bytes, size)
            SELECT 'certificate', 'n' || label || '.test@' || generation, label || '-' || generation, convert_to('meta ' || label || ' ' || generation, 'UTF8'),
                ARRAY['fullchain'], ARRAY[false], ARRAY[convert_to(repeat(md5(label::text), 100), 'UTF8')], 3200
            FROM generate_series(1, {Labels}) AS label, generate_series(1, 3) AS generation
            """,
            Stop);
        await scene.ExecuteAsync("ANALYZE acme.record", Stop);

        var (heads, named) = (new List<StorePart>(), new List<(int Heads, IReadOnlyCollection<string> Names)>());
        await foreach (var head in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json") { Named = told => named.Add((heads.Count, told)) }, Stop)) heads.Add(head);
        var names = new List<string>();
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Stop)) names.Add(entry.Key.Name);
        var records = new List<string>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = "n1" }, Stop)) records.Add(record.Key.Name);
        var page = new List<string>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Certificate) { After = names[12_345], Limit = 450 }, Stop)) page.Add(record.Key.Name);

        Assert.Equal(Labels, heads.Count);
        Assert.All(heads, head => Assert.EndsWith("@3", head.Key.Name, StringComparison.Ordinal));
        Assert.Equal(0, Assert.Single(named).Heads);
        Assert.Equal(heads.Select(head => head.Key.Name), named[0].Names);
        Assert.Equal(3 * Labels, names.Count);
        Assert.Equal(names.Order(RecordKey.NameOrder), names);
        Assert.Equal(names.Where(name => name.StartsWith("n1", StringComparison.Ordinal)), records);
        Assert.Equal(names[12_346..12_796], page);
    }

    /// <summary>Each is read for itself: none waits in memory for the next.</summary>
    [Fact]
    public async Task Big_records_come_a_few_at_a_time()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        for (var i = 0; i < 8; i++) await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish($"{i}.test"), new RecordContent([new RecordPart("big", new byte[3 << 20])])), Stop);

        var listed = new List<string>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Wish), Stop))
        {
            listed.Add(record.Key.Name);

            // What comes later is not read yet: it can still go.
            if (listed.Count == 1) await store.DeleteAsync(new StoreDeletion(PostgreSqlScene.Wish("7.test")), Stop);
        }

        Assert.Equal(["0.test", "1.test", "2.test", "3.test", "4.test", "5.test", "6.test"], listed);
    }
}
