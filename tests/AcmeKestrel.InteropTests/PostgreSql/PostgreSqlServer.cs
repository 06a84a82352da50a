using System.Globalization;
using System.Runtime.InteropServices;
using AcmeKestrel.InteropTests.Edge;
using Npgsql;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Debian's PostgreSQL on a free port of 127.0.0.1, in a folder of its own.</summary>
internal sealed partial class PostgreSqlServer : IAsyncDisposable
{
    public const string Role = "acme";
    public const string Password = "pa'ss;w0rd";

    /// <summary>The patience of a slow machine, at the end of a connection string.</summary>
    public const string Patient = "Timeout=30;Command Timeout=60";

    private const string Administrator = "postgres";
    private const int Interrupt = 2;
    private const int Quit = 3;
    private const int Continue = 18;
    private const int Pause = 19;

    private readonly TemporaryFolder _folder = new();
    private readonly string _programs = Programs();
    private readonly string[] _settings;
    private ChildProcess? _process;
    private int _databases;

    private PostgreSqlServer(string[] settings) => _settings = settings;

    public int Port { get; } = FreePort.Next();

    public string Log => _process?.Output ?? "";

    /// <param name="cancellationToken">The test's.</param>
    /// <param name="settings">More of its configuration: <c>name=value</c>.</param>
    public static async Task<PostgreSqlServer> StartAsync(CancellationToken cancellationToken, params string[] settings)
    {
        var server = new PostgreSqlServer(settings);
        try
        {
            await server.InitializeAsync(cancellationToken);
            await server.StartAgainAsync(cancellationToken);
            await server.ExecuteAsync(Administrator, $"CREATE ROLE {Role} LOGIN PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'", cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>With nothing but what must be in it.</summary>
    public string ConnectionString(string database, string role = Role, string password = Password) =>
        new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = Port, Database = database, Username = role, Password = password }.ConnectionString;

    /// <summary>The administrator's, for what the tests look at and change.</summary>
    public string Administration(string database) => ConnectionString(database, Administrator) + ";Pooling=false;Timeout=60;Command Timeout=300";

    /// <summary>Another one that follows this one, and can be read.</summary>
    public async Task<PostgreSqlServer> FollowAsync(CancellationToken cancellationToken)
    {
        var standby = new PostgreSqlServer(_settings);
        try
        {
            await standby.OwnAsync(cancellationToken);
            await RunAsync(
                ServerUser.Start(Path.Combine(_programs, "pg_basebackup"), ["-D", standby._folder.In("data"), "-h", "127.0.0.1", "-p", $"{Port}", "-U", Administrator, "-R", "-c", "fast", "--no-sync"], standby._folder.Path, ("PGPASSWORD", Password)),
                cancellationToken);
            await standby.StartAgainAsync(cancellationToken);
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty one, which the role owns.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken, string options = "")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync(Administrator, $"CREATE DATABASE {name} OWNER {Role} {options}", cancellationToken);
        return name;
    }

    public async Task<object?> ExecuteAsync(string database, string statement, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Administration(database));
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        string[] settings = [$"port={Port}", "listen_addresses=127.0.0.1", $"unix_socket_directories={_folder.Path}", "max_connections=200", .. _settings];
        _process = ServerUser.Start(Path.Combine(_programs, "postgres"), ["-D", _folder.In("data"), .. settings.SelectMany(setting => (string[])["-c", setting])], _folder.Path);
        await _process.LineAsync(line => line.Contains("ready to accept", StringComparison.Ordinal), cancellationToken);
    }

    /// <summary>Without waiting for its clients.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) => await EndAsync(Interrupt, cancellationToken);

    /// <summary>As if it had crashed: what was not yet on disk is gone.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken) => await EndAsync(Quit, cancellationToken);

    /// <summary>All of its processes stand still; connections stay.</summary>
    public void Freeze() => Array.ForEach(Processes(), process => Signal(process, Pause));

    public void Thaw() => Array.ForEach(Processes(), process => Signal(process, Continue));

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Thaw();
            await StopAsync(CancellationToken.None);
        }

        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static string Programs()
    {
        const string Versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(Versions)
            ? Directory.GetDirectories(Versions).Select(folder => Path.Combine(folder, "bin")).Where(folder => File.Exists(Path.Combine(folder, "postgres"))).MaxBy(folder => int.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)), out var version) ? version : 0)
            : null;
        Assert.SkipUnless(newest is not null, "postgres is missing: apt-get install postgresql");
        return newest!;
    }

    /// <summary>A copy of one folder that all servers begin with: <c>initdb</c> takes seven times the processor's time of a copy.</summary>
    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        await OwnAsync(cancellationToken);
        var initialized = await InitializedFolder.GetAsync(Path.Combine(_programs, "initdb"), Administrator, Password, cancellationToken);
        await RunAsync(ServerUser.Start("cp", ["-a", initialized, _folder.In("data")], _folder.Path), cancellationToken);
    }

    private Task OwnAsync(CancellationToken cancellationToken) => ServerUser.OwnAsync(_folder.Path, cancellationToken);

    private static async Task RunAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        await using (process) Assert.True(await process.ExitAsync(cancellationToken) == 0, process.Output);
    }

    private async Task EndAsync(int signal, CancellationToken cancellationToken)
    {
        Signal(_process!.Id, signal);
        await _process.ExitAsync(cancellationToken);
    }

    private int[] Processes()
    {
        var children = File.ReadAllText($"/proc/{_process!.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [_process.Id, .. children.Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    private static void Signal(int process, int signal) => _ = Kill(process, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
