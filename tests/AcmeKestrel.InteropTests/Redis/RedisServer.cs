using System.Globalization;
using System.Runtime.InteropServices;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Redis;
using StackExchange.Redis;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A Redis server of the distribution, on a free port of 127.0.0.1 and in a folder of its own; without persistence unless it is asked for.</summary>
internal sealed partial class RedisServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _arguments;
    private readonly string? _password;
    private readonly List<RedisStore> _stores = [];
    private ConnectionMultiplexer? _operator;
    private ChildProcess _process;

    private RedisServer(string? password, string[] arguments)
    {
        (_password, _arguments) = (password, arguments);
        _process = Run();
    }

    public int Port { get; } = FreePort.Next();

    /// <summary>As an operator writes it.</summary>
    public string Configuration => $"127.0.0.1:{Port}{(_password is null ? "" : $",password={_password}")}";

    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken, string? password = null, params string[] arguments)
    {
        var server = new RedisServer(password, arguments);
        try
        {
            await server.ReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A store as a process of its own would have; it ends with the server.</summary>
    public RedisStore OpenStore(string prefix = "acme", Action<ConfigurationOptions>? change = null, TimeProvider? time = null)
    {
        var options = ConfigurationOptions.Parse(Configuration);
        change?.Invoke(options);
        var store = new RedisStore(options, prefix, time);
        _stores.Add(store);
        return store;
    }

    /// <summary>One that tells.</summary>
    public RedisStore OpenLoggedStore(ListLogger log) => new(ConfigurationOptions.Parse(Configuration), logger: log);

    /// <summary>As an operator would by redis-cli.</summary>
    public async Task<RedisResult> AskAsync(string command, params object[] arguments)
    {
        _operator ??= await ConnectionMultiplexer.ConnectAsync(Configuration + ",allowAdmin=true,abortConnect=false");
        return await _operator.GetDatabase().ExecuteAsync(command, arguments);
    }

    /// <summary>SIGSTOP.</summary>
    public void Pause() => _ = Kill(_process.Id, 19);

    /// <summary>SIGCONT.</summary>
    public void GoOn() => _ = Kill(_process.Id, 18);

    public async Task StopAsync(CancellationToken cancellationToken) => await _process.StopAsync(cancellationToken);

    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        await _process.DisposeAsync();
        _process = Run();
        await ReadyAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var store in _stores) await store.DisposeAsync();
            if (_operator is not null) await _operator.DisposeAsync();
        }
        finally
        {
            await _process.DisposeAsync();
            _folder.Dispose();
        }
    }

    private ChildProcess Run() => ChildProcess.Start(
        RealThing.Require("redis-server", "redis-server"),
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.Path, "--save", "", "--daemonize", "no",
            .. _password is null ? (string[])[] : ["--requirepass", _password], .. _arguments,
        ],
        [],
        _folder.Path);

    private async Task ReadyAsync(CancellationToken cancellationToken) => await _process.LineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal), cancellationToken);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
