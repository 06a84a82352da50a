using AcmeKestrel.InteropTests.PostgreSql;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Debian's PostgreSQL, which counts statements (<c>pg_stat_statements</c>) and keeps the time of each commit.</summary>
internal sealed class MeasuredPostgreSql : MeasuredEngine
{
    private const string Administrator = "postgres";

    private readonly PostgreSqlServer _server;
    private readonly string _database;
    private readonly List<PostgreSqlStore> _stores = [];

    private MeasuredPostgreSql(PostgreSqlServer server, string database) => (_server, _database) = (server, database);

    public override string Name => "PostgreSQL";

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Acme__Store__Type"] = "PostgreSql", ["Acme__Store__PostgreSql__ConnectionString"] = Connection };

    private string Connection => _server.ConnectionString(_database);

    public static async Task<MeasuredPostgreSql> StartAsync()
    {
        var server = await PostgreSqlServer.StartAsync(CancellationToken.None, "shared_preload_libraries=pg_stat_statements", "track_commit_timestamp=on");
        try
        {
            await server.ExecuteAsync(Administrator, "CREATE EXTENSION pg_stat_statements", CancellationToken.None);
            return new MeasuredPostgreSql(server, await server.CreateDatabaseAsync(CancellationToken.None));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a procedure does on the server is none of its own. Nor is what cleans a connection: it goes with the next statement.</summary>
    public override async Task<Counts> RequestsAsync() => Counts.Of((await AskAsync(
        Administrator,
        $"SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 48), sum(calls)::float8 FROM pg_stat_statements JOIN pg_roles ON userid = pg_roles.oid WHERE rolname = '{PostgreSqlServer.Role}' AND query !~ '^(DISCARD|RESET|CLOSE|UNLISTEN|SET|SELECT pg_advisory)' GROUP BY 1",
        row => KeyValuePair.Create(row.GetString(0), row.GetDouble(1)))).ToDictionary());

    public override IAcmeStore Open()
    {
        var store = new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.Of(Connection)));
        _stores.Add(store);
        return store;
    }

    public override async Task<IReadOnlyDictionary<string, DateTime>> CommitsAsync() => (await AskAsync(
        _database,
        "SELECT name, pg_xact_commit_timestamp(xmin) FROM acme.change WHERE kind = 'certificate' AND NOT deleted",
        row => KeyValuePair.Create(row.GetString(0), row.GetDateTime(1)))).ToDictionary();

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        await _server.DisposeAsync();
        InitializedFolder.Delete();
    }

    private async Task<List<T>> AskAsync<T>(string database, string statement, Func<NpgsqlDataReader, T> row)
    {
        await using var connection = new NpgsqlConnection(_server.Administration(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(row(reader));
        return rows;
    }
}
