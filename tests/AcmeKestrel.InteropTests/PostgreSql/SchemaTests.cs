using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>How the schema comes to be, and what is done where it cannot.</summary>
public sealed class SchemaTests(SharedPostgreSql postgreSql)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_stores_that_find_an_empty_database_at_once_make_one_schema()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var stores = Enumerable.Range(0, 10).Select(_ => scene.Open()).ToList();

        await Task.WhenAll(stores.Select((store, i) => store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish($"{i}.test"), PostgreSqlScene.Content("x")), Stop).AsTask()));

        var entries = new List<StoreEntry>();
        await foreach (var entry in stores[0].ListEntriesAsync(new StoreQuery(RecordKind.Wish), Stop)) entries.Add(entry);
        Assert.Equal(10, entries.Count);
        Assert.Equal(1L, await scene.ExecuteAsync("SELECT count(*) FROM acme.about", Stop));
    }

    [Fact]
    public async Task Stores_of_two_schemas_know_nothing_of_each_other_and_a_schema_may_be_called_like_a_word_of_sql()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var (one, other) = (scene.Open("user"), scene.Open("select"));
        await using var watch = await other.OpenWatchAsync(new StoreWatchRequest(), Stop);

        await one.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("1")), Stop);
        await other.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("b.test"), PostgreSqlScene.Content("2")), Stop);

        Assert.Null(await other.ReadAsync(PostgreSqlScene.Wish("a.test"), Stop));
        await foreach (var change in watch.ReadAsync(Stop))
        {
            Assert.Equal("b.test", change.Key!.Value.Name);
            break;
        }
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_left_alone()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        await scene.Open().ReadAsync(PostgreSqlScene.Wish("a.test"), Stop);
        await scene.ExecuteAsync("UPDATE acme.about SET version = 99", Stop);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.Open().ReadAsync(PostgreSqlScene.Wish("a.test"), Stop).AsTask());

        Assert.Equal("The schema 'acme' is of version 99, which a newer AcmeKestrel has made; this one knows 1 and leaves it alone.", refused.Message);
    }

    [Fact]
    public async Task A_role_that_may_make_nothing_is_told_so_and_works_on_what_an_operator_made()
    {
        var server = await postgreSql.GetAsync(Stop);
        var database = await server.CreateDatabaseAsync(Stop, $"CONNECTION LIMIT 20");
        await server.ExecuteAsync(database, $"ALTER DATABASE {database} OWNER TO postgres", Stop);
        await using var scene = new PostgreSqlScene(server, database);
        var store = scene.Open();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(PostgreSqlScene.Wish("a.test"), Stop).AsTask());
        Assert.Contains($"denies the role 'acme' a right that the schema 'acme' needs (permission denied for database {database}): docs/postgresql.md", refused.Message, StringComparison.Ordinal);

        foreach (var block in SqlOfTheDocument()) await scene.ExecuteAsync(block, Stop);

        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("1")), Stop);
        var lease = await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop);
        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("2")) { Fence = lease!.Fence }, Stop);
        Assert.True(await store.DeleteAsync(new StoreDeletion(PostgreSqlScene.Wish("a.test")), Stop));
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_cannot_hold_every_name_is_refused()
    {
        var server = await postgreSql.GetAsync(Stop);
        await using var scene = new PostgreSqlScene(server, await server.CreateDatabaseAsync(Stop, "ENCODING 'LATIN1' TEMPLATE template0"));

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.Open().ReadAsync(PostgreSqlScene.Wish("a.test"), Stop).AsTask());

        Assert.Contains("encoding LATIN1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_that_was_dropped_meanwhile_is_said_and_made_again_by_the_next_call()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("1")), Stop);
        await scene.ExecuteAsync("DROP SCHEMA acme CASCADE", Stop);

        var gone = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(PostgreSqlScene.Wish("a.test"), Stop).AsTask());

        Assert.Contains("has no longer what belongs to the schema 'acme'", gone.Message, StringComparison.Ordinal);
        Assert.Null(await store.ReadAsync(PostgreSqlScene.Wish("a.test"), Stop));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Acme")]
    [InlineData("a\"; DROP TABLE x; --")]
    [InlineData("1a")]
    public void What_is_no_name_of_a_schema_is_refused(string schema) =>
        Assert.Throws<ArgumentException>(() => new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.Of("Host=127.0.0.1")) { Schema = schema }));

    /// <summary>What an operator copies: the schema, the package's own script, and the rights.</summary>
    private static IEnumerable<string> SqlOfTheDocument()
    {
        var blocks = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "postgresql.md")).Split("```").Where(block => block.StartsWith("sql\n", StringComparison.Ordinal)).Select(block => block[4..]).ToList();
        Assert.Equal(2, blocks.Count);
        return [blocks[0], File.ReadAllText(Path.Combine(Checkout.Root, "src", "AcmeKestrel.PostgreSql", "Schema", "1.sql")), blocks[1]];
    }
}
