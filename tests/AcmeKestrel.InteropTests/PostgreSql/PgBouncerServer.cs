using AcmeKestrel.InteropTests.Edge;
using Npgsql;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Debian's PgBouncer before a server: each transaction gets another of its four sessions.</summary>
internal sealed class PgBouncerServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePort.Next();
    private ChildProcess? _process;

    public static async Task<PgBouncerServer> StartAsync(PostgreSqlServer server, CancellationToken cancellationToken)
    {
        var program = RealThing.Require("pgbouncer", "pgbouncer");
        var pooler = new PgBouncerServer();
        try
        {
            await File.WriteAllTextAsync(pooler._folder.In("users"), $"\"{PostgreSqlServer.Role}\" \"{PostgreSqlServer.Password}\"\n", cancellationToken);
            await File.WriteAllTextAsync(pooler._folder.In("pgbouncer.ini"), pooler.Settings(server), cancellationToken);
            await ServerUser.OwnAsync(pooler._folder.Path, cancellationToken);
            pooler._process = ServerUser.Start(program, [pooler._folder.In("pgbouncer.ini")], pooler._folder.Path);
            await pooler._process.LineAsync(line => line.Contains("process up", StringComparison.Ordinal), cancellationToken);
            return pooler;
        }
        catch
        {
            await pooler.DisposeAsync();
            throw;
        }
    }

    public string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _port, Database = database, Username = PostgreSqlServer.Role, Password = PostgreSqlServer.Password }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }

    private string Settings(PostgreSqlServer server) =>
        $"""
        [databases]
        * = host=127.0.0.1 port={server.Port}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {_port}
        unix_socket_dir = {_folder.Path}
        auth_type = scram-sha-256
        auth_file = {_folder.In("users")}
        pool_mode = transaction
        default_pool_size = 4
        """;
}
