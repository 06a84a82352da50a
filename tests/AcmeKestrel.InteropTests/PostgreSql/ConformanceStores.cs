using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>The stores of all conformance tests, one after the other: what each test finds is empty, but connected, since a connection and a schema for each test were most of what these tests cost.</summary>
public sealed class ConformanceStores(SharedPostgreSql postgreSql) : IAsyncLifetime
{
    private const string Schema = "conformance";

    private readonly List<PostgreSqlStore> _stores = [];
    private PostgreSqlStoreOptions? _options;
    private NpgsqlDataSource? _emptying;

    internal SettableClock Clock { get; } = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var connection = $"{(await postgreSql.GetAsync(Stop)).ConnectionString(await postgreSql.DatabaseAsync(Stop))};{PostgreSqlServer.Patient}";
        _options = new PostgreSqlStoreOptions(AcmeSecret.Of(connection)) { Schema = Schema };
        _emptying = NpgsqlDataSource.Create(connection);
        await At(0).ReadAsync(new RecordKey(RecordKind.Wish, "none.test"), Stop);
    }

    /// <summary>The same one each time, as if it were another process.</summary>
    internal IAcmeStore At(int place)
    {
        while (_stores.Count <= place) _stores.Add(new PostgreSqlStore(_options!, Clock));
        return _stores[place];
    }

    internal async Task EmptyAsync()
    {
        await using var command = _emptying!.CreateCommand($"DELETE FROM {Schema}.record; DELETE FROM {Schema}.lease");
        await command.ExecuteNonQueryAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        if (_emptying is not null) await _emptying.DisposeAsync();
    }
}
