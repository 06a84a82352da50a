using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.PostgreSql;
using AcmeKestrel.InteropTests.Redis;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>An engine that several edges have in common, of either kind.</summary>
internal abstract class FleetEngine : IAsyncDisposable
{
    public abstract int Port { get; }

    public static async Task<FleetEngine> StartAsync(string type, CancellationToken cancellationToken) => type switch
    {
        // It has after a restart what it had before, as the other one does.
        "Redis" => new OfRedis(await RedisServer.StartAsync(cancellationToken, null, "--appendonly", "yes")),
        _ => await OfPostgreSql.StartAsync(cancellationToken),
    };

    /// <summary>A store as another process has it.</summary>
    public abstract IAcmeStore Open();

    /// <summary>The edge's state is here, by way of a port in between or not.</summary>
    public abstract void Use(SampleEdge edge, int port);

    public abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>At the same port, with what it had.</summary>
    public abstract Task StartAgainAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    private sealed class OfRedis(RedisServer server) : FleetEngine
    {
        public override int Port => server.Port;

        public override IAcmeStore Open() => server.OpenStore();

        public override void Use(SampleEdge edge, int port)
        {
            edge.Settings["Acme__Store__Type"] = "Redis";
            edge.Settings["Acme__Store__Redis__Configuration"] = $"127.0.0.1:{port}";
        }

        public override Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

        public override Task StartAgainAsync(CancellationToken cancellationToken) => server.StartAgainAsync(cancellationToken);

        public override ValueTask DisposeAsync() => server.DisposeAsync();
    }

    private sealed class OfPostgreSql(PostgreSqlServer server, string connection) : FleetEngine
    {
        private readonly List<PostgreSqlStore> _stores = [];

        public override int Port => server.Port;

        public static async Task<FleetEngine> StartAsync(CancellationToken cancellationToken)
        {
            var server = await PostgreSqlServer.StartAsync(cancellationToken);
            return new OfPostgreSql(server, server.ConnectionString(await server.CreateDatabaseAsync(cancellationToken)));
        }

        public override IAcmeStore Open()
        {
            var store = new PostgreSqlStore(new PostgreSqlStoreOptions(AcmeSecret.Of(connection)));
            _stores.Add(store);
            return store;
        }

        public override void Use(SampleEdge edge, int port)
        {
            edge.Settings["Acme__Store__Type"] = "PostgreSql";
            edge.Settings["Acme__Store__PostgreSql__ConnectionString"] = new NpgsqlConnectionStringBuilder(connection) { Port = port }.ConnectionString;
        }

        public override Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

        public override Task StartAgainAsync(CancellationToken cancellationToken) => server.StartAgainAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            foreach (var store in _stores) await store.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}
