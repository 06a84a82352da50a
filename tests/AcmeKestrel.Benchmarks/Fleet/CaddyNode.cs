using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Debian's Caddy as one machine of a fleet that shares a folder, in a process of its own; strace writes down what it does to files.</summary>
internal sealed partial class CaddyNode : IAsyncDisposable
{
    private static readonly HttpClient Administrator = new();

    private readonly TemporaryFolder _folder = new();
    private readonly int _administration = FreePort.Next();
    private readonly string _storage;
    private readonly FleetCa _ca;
    private readonly TimeSpan _renewInterval;
    private ChildProcess? _process;
    private int _starts;

    public CaddyNode(FleetPorts ports, string storage, FleetCa ca, TimeSpan renewInterval) => (Ports, _storage, _ca, _renewInterval) = (ports, storage, ca, renewInterval);

    public FleetPorts Ports { get; }

    public string Output => _process?.Output ?? "";

    private string ConfigurationFile => _folder.In("caddy.json");

    /// <summary>Its configuration, which it is given anew where it runs.</summary>
    public async Task WishAsync(IReadOnlyList<string> names)
    {
        await File.WriteAllBytesAsync(ConfigurationFile, JsonSerializer.SerializeToUtf8Bytes(Configuration(names)));
        if (_process is null) return;

        using var content = new StringContent(await File.ReadAllTextAsync(ConfigurationFile), null, "application/json");
        using var answer = await Administrator.PostAsync(new Uri($"http://127.0.0.1:{_administration}/load"), content);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    public void Start()
    {
        string[] trace = ["-D", "-f", "--seccomp-bpf", "-qq", "-s", "1024", "-e", "trace=%file", "-e", "signal=none", "-o", Log(_starts++)];
        var environment = new Dictionary<string, string> { ["HOME"] = _folder.Path, ["XDG_CONFIG_HOME"] = _folder.Path, ["XDG_DATA_HOME"] = _folder.Path };
        _process = ChildProcess.Start(RealThing.Require("strace", "strace"), [.. trace, RealThing.Require("caddy", "caddy"), "run", "--config", ConfigurationFile], environment, _folder.Path);
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

    private object Configuration(IReadOnlyList<string> names)
    {
        var challenges = new Dictionary<string, object> { ["http"] = new { alternate_port = Ports.Http }, ["tls-alpn"] = new { alternate_port = Ports.Https } };
        return new
        {
            admin = new { listen = $"127.0.0.1:{_administration}", config = new { persist = false } },
            logging = new { logs = new { @default = new { level = "WARN" } } },
            storage = new { module = "file_system", root = _storage },
            apps = new
            {
                tls = new
                {
                    certificates = new { automate = names },
                    automation = new
                    {
                        policies = new[] { new { issuers = new[] { new { module = "acme", ca = _ca.DirectoryUrl, trusted_roots_pem_files = new[] { _ca.RootFile }, challenges } } } },
                        renew_interval = string.Create(CultureInfo.InvariantCulture, $"{_renewInterval.TotalSeconds}s"),
                    },
                    disable_ocsp_stapling = true,
                },
                http = new
                {
                    http_port = Ports.Http,
                    https_port = Ports.Https,
                    servers = new
                    {
                        http = new { listen = new[] { $"127.0.0.1:{Ports.Http}" }, automatic_https = new { disable = true } },
                        edge = new
                        {
                            listen = new[] { $"127.0.0.1:{Ports.Https}" },
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
