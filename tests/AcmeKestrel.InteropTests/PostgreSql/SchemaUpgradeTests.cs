using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>A version of AcmeKestrel with one more script finds the schema of this one, and edges that use it.</summary>
public sealed class SchemaUpgradeTests(SharedPostgreSql postgreSql) : IAsyncLifetime
{
    private const string Next = "ALTER TABLE acme.record ADD COLUMN note text; UPDATE acme.about SET version = 2;";

    private static readonly RecordKey Kept = PostgreSqlScene.Wish("kept.test");

    private PostgreSqlScene _scene = null!;
    private PostgreSqlStore _running = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        _running = _scene.Open();
        await WriteAsync(_running, "1");
    }

    public async ValueTask DisposeAsync()
    {
        if (_scene is not null) await _scene.DisposeAsync();
    }

    [Fact]
    public async Task Ten_that_start_at_once_run_the_missing_script_once_and_nothing_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => MakeAsync(Next)));

        Assert.Equal(2, await _scene.ExecuteAsync("SELECT max(version) FROM acme.about", Stop));
        Assert.Equal(1L, await _scene.ExecuteAsync("SELECT count(*) FROM acme.record WHERE note IS NULL", Stop));
    }

    [Fact]
    public async Task An_older_one_that_runs_goes_on_and_one_that_starts_leaves_it_alone()
    {
        await using var watch = await _running.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await MakeAsync(Next);

        await WriteAsync(_running, "2");
        Assert.Equal("2", PostgreSqlScene.Text(await _running.ReadAsync(Kept, Stop)));
        await foreach (var change in watch.ReadAsync(Stop))
        {
            Assert.Equal((StoreChangeKind.Written, Kept), (change.Kind, change.Key!.Value));
            break;
        }

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _scene.Open().ReadAsync(Kept, Stop).AsTask());
        Assert.Equal("The schema 'acme' is of version 2, which a newer AcmeKestrel has made; this one knows 1 and leaves it alone.", refused.Message);
    }

    [Fact]
    public async Task A_script_that_fails_half_way_leaves_the_version_before_and_is_tried_again_by_the_next_one()
    {
        await Assert.ThrowsAsync<PostgresException>(() => MakeAsync(Next + "SELECT 1 FROM acme.nowhere;"));

        Assert.Equal(1, await _scene.ExecuteAsync("SELECT max(version) FROM acme.about", Stop));
        Assert.Equal(0L, await _scene.ExecuteAsync("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'acme' AND column_name = 'note'", Stop));
        Assert.Equal("1", PostgreSqlScene.Text(await _scene.Open().ReadAsync(Kept, Stop)));

        await MakeAsync(Next);
        Assert.Equal(2, await _scene.ExecuteAsync("SELECT max(version) FROM acme.about", Stop));
    }

    [Fact]
    public async Task One_that_finds_nothing_runs_all_of_them_in_their_order()
    {
        await _scene.ExecuteAsync("DROP SCHEMA acme CASCADE", Stop);

        await MakeAsync(Next);

        Assert.Equal(0L, await _scene.ExecuteAsync("SELECT count(*) FROM acme.record WHERE note IS NULL", Stop));
    }

    /// <summary>As a process of the next version does when it starts.</summary>
    private async Task MakeAsync(string next)
    {
        await using var connection = new NpgsqlConnection(_scene.Server.ConnectionString(_scene.Database));
        await connection.OpenAsync(Stop);
        await new DatabaseSchema("acme", [.. DatabaseSchema.Scripts, next]).MakeAsync(connection, "60000", Stop);
    }

    private static Task<RecordVersion> WriteAsync(PostgreSqlStore store, string text) => store.WriteAsync(new StoreWrite(Kept, PostgreSqlScene.Content(text)), Stop).AsTask();
}
