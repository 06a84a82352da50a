using AcmeKestrel.InteropTests.PostgreSql;

[assembly: AssemblyFixture(typeof(SharedPostgreSql))]

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>One server for all tests that leave it running: each has a database or a schema of its own.</summary>
public sealed class SharedPostgreSql : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private PostgreSqlServer? _server;
    private string? _database;

    /// <summary>Started at the first call.</summary>
    internal async Task<PostgreSqlServer> GetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // What a machine that dies would lose is not what these tests ask for.
            return _server ??= await PostgreSqlServer.StartAsync(cancellationToken, "fsync=off");
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A database for those who have only a schema of their own.</summary>
    internal async Task<string> DatabaseAsync(CancellationToken cancellationToken)
    {
        var server = await GetAsync(cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _database ??= await server.CreateDatabaseAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        InitializedFolder.Delete();
        _gate.Dispose();
    }
}
