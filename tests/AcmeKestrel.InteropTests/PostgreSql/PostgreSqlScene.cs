using System.Text;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>The stores of a test, each as another process would have it, on one database of one server.</summary>
internal sealed class PostgreSqlScene(PostgreSqlServer server, string database, string more = "") : IAsyncDisposable
{
    private readonly List<PostgreSqlStore> _stores = [];

    public PostgreSqlServer Server => server;

    public string Database => database;

    /// <summary>On an empty database.</summary>
    /// <param name="server">Which has it.</param>
    /// <param name="more">Of the connection string.</param>
    /// <param name="cancellationToken">The test's.</param>
    public static async Task<PostgreSqlScene> NewAsync(PostgreSqlServer server, CancellationToken cancellationToken, string more = "") => new(server, await server.CreateDatabaseAsync(cancellationToken), more);

    public static RecordKey Wish(string name) => new(RecordKind.Wish, name);

    public static RecordContent Content(string text) => new([new RecordPart("text", Encoding.UTF8.GetBytes(text))]);

    public static string Text(StoreRecord? record) => Encoding.UTF8.GetString(record!.Content.Find("text")!.Value.Span);

    public PostgreSqlStore Open(string schema = "acme", TimeProvider? time = null) => Open(server.ConnectionString(database), schema, time);

    public PostgreSqlStore Open(string connectionString, string schema, TimeProvider? time = null)
    {
        var store = new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.Of($"{connectionString};{PostgreSqlServer.Patient};{more}")) { Schema = schema }, time);
        _stores.Add(store);
        return store;
    }

    public Task<object?> ExecuteAsync(string statement, CancellationToken cancellationToken) => server.ExecuteAsync(database, statement, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
    }
}
