using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Each test has a schema of its own: a database takes the server a checkpoint.</summary>
public sealed class PostgreSqlConformanceTests(SharedPostgreSql postgreSql) : StoreConformanceTests, IAsyncLifetime
{
    private static int _schemas;

    private readonly List<PostgreSqlStore> _stores = [];
    private PostgreSqlStoreOptions? _options;

    protected override IAcmeStore Store => _stores[0];

    /// <summary>Long enough for a slow machine to be within a fifth of it.</summary>
    protected override TimeSpan LeaseDuration => TimeSpan.FromSeconds(10);

    public async ValueTask InitializeAsync()
    {
        var server = await postgreSql.GetAsync(Cancel);
        _options = new PostgreSqlStoreOptions(AcmeSecret.Of($"{server.ConnectionString(await postgreSql.DatabaseAsync(Cancel))};{PostgreSqlServer.Patient}")) { Schema = string.Create(CultureInfo.InvariantCulture, $"conformance_{Interlocked.Increment(ref _schemas)}") };
        OpenAnother();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
    }

    protected override IAcmeStore OpenAnother()
    {
        _stores.Add(new PostgreSqlStore(_options!));
        return _stores[^1];
    }

    protected override ValueTask PassAsync(TimeSpan time) => RealTime.PassAsync(time, Cancel);
}
