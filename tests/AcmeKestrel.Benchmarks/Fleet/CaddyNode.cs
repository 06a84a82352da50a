using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Debian's Caddy as one machine of a fleet that shares a folder, in a process of its own; strace writes down what it does to files.</summary>
internal sealed partial class CaddyNode : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _storage;
    private ChildProcess? _process;
    private int _starts;

    public CaddyNode(FleetPorts ports, string storage, FleetCa ca, IReadOnlyList<string> names, TimeSpan renewInterval)
    {
        (Ports, _storage) = (ports, storage);
        File.WriteAllBytes(_folder.In("caddy.json"), JsonSerializer.SerializeToUtf8Bytes(Configuration(ports, storage, ca, names, renewInterval)));
    }

    public FleetPorts Ports { get; }

    public void Start()
    {
        string[] trace = ["-D", "-f", "--seccomp-bpf", "-qq", "-s", "1024", "-e", "trace=%file", "-e", "signal=none", "-o", Log(_starts++)];
        var environment = new Dictionary<string, string> { ["HOME"] = _folder.Path, ["XDG_CONFIG_HOME"] = _folder.Path, ["XDG_DATA_HOME"] = _folder.Path };
        _process = ChildProcess.Start(RealThing.Require("strace", "strace"), [.. trace, RealThing.Require("caddy", "caddy"), "run", "--config", _folder.In("caddy.json")], environment, _folder.Path);
    }

    public async Task StartAgainAsync()
    {
        await _process!.StopAsync(CancellationToken.None);
        await _process.DisposeAsync();
        Start();
    }

    /// <summary>System calls that named something in the shared folder, from the first start on.</summary>
    public IEnumerable<string> Calls() => Enumerable.Range(0, _starts).SelectMany(start => File.ReadLines(Log(start)))
        .Where(line => line.Contains(_storage, StringComparison.Ordinal)).Select(line => Call().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited) await _process.StopAsync(CancellationToken.None);
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private string Log(int start) => _folder.In($"files-{start}.log");

    private static object Configuration(FleetPorts ports, string storage, FleetCa ca, IReadOnlyList<string> names, TimeSpan renewInterval)
    {
        var challenges = new Dictionary<string, object> { ["http"] = new { alternate_port = ports.Http }, ["tls-alpn"] = new { alternate_port = ports.Https } };
        return new
        {
            admin = new { disabled = true, config = new { persist = false } },
            logging = new { logs = new { @default = new { level = "WARN" } } },
            storage = new { module = "file_system", root = storage },
            apps = new
            {
                tls = new
                {
                    certificates = new { automate = names },
                    automation = new
                    {
                        policies = new[] { new { issuers = new[] { new { module = "acme", ca = ca.DirectoryUrl, trusted_roots_pem_files = new[] { ca.RootFile }, challenges } } } },
                        renew_interval = string.Create(CultureInfo.InvariantCulture, $"{renewInterval.TotalSeconds}s"),
                    },
                    disable_ocsp_stapling = true,
                },
                http = new
                {
                    http_port = ports.Http,
                    https_port = ports.Https,
                    servers = new
                    {
                        http = new { listen = new[] { $"127.0.0.1:{ports.Http}" }, automatic_https = new { disable = true } },
                        edge = new
                        {
                            listen = new[] { $"127.0.0.1:{ports.Https}" },
                            automatic_https = new { disable = true },
                            tls_connection_policies = new[] { new { } },
                            routes = new[] { new { handle = new[] { new { handler = "static_response", body = "Hello" } } } },
                        },
                    },
                },
            },
        };
    }

    [GeneratedRegex(@"^\d+ +(\w+)\(")]
    private static partial Regex Call();
}
