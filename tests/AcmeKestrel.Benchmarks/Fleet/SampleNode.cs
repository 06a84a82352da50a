using System.Text.Json;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>SampleWeb as one machine of a fleet, in a process and a folder of its own. Its log tells the time.</summary>
internal sealed class SampleNode : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _program;
    private readonly Dictionary<string, string> _settings;
    private ChildProcess? _process;

    public SampleNode(string program, FleetPorts ports, IReadOnlyDictionary<string, string> engine, FleetCa ca)
    {
        (_program, Ports) = (program, ports);
        Directory.CreateDirectory(Content);
        _settings = new Dictionary<string, string>(engine, StringComparer.Ordinal)
        {
            ["DOTNET_ROOT"] = ChildProcess.DotNetRoot,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "",
            ["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{ports.Http}",
            ["Kestrel__Endpoints__Https__Url"] = $"https://127.0.0.1:{ports.Https}",
            ["Acme__StateDirectory"] = _folder.In("state"),
            ["Acme__Provider"] = "ca",
            ["Acme__Providers__ca__Directory"] = ca.DirectoryUrl,
            ["Acme__Providers__ca__TrustedRootsFile"] = ca.RootFile,
            ["Acme__AcceptTermsOfService"] = "true",
            ["Logging__Console__FormatterName"] = "simple",
            ["Logging__Console__FormatterOptions__SingleLine"] = "true",
            ["Logging__Console__FormatterOptions__UseUtcTimestamp"] = "true",
            ["Logging__Console__FormatterOptions__TimestampFormat"] = ToldGeneration.TimestampFormat,
        };
    }

    public FleetPorts Ports { get; }

    /// <summary>It has the right to order.</summary>
    public bool Orders => _process!.Output.Contains("has the right to order from now on", StringComparison.Ordinal);

    private string Content => _folder.In("content");

    /// <summary>Its <c>appsettings.json</c>, which it reads again while it runs.</summary>
    public Task WishAsync(IEnumerable<string> names) => File.WriteAllTextAsync(Path.Combine(Content, "appsettings.json"), JsonSerializer.Serialize(new { Acme = new { Domains = names } }));

    public void Start() => _process = ChildProcess.Start(_program, [], _settings, Content);

    public async Task StartAgainAsync()
    {
        await _process!.StopAsync(CancellationToken.None);
        await _process.DisposeAsync();
        Start();
    }

    /// <summary>When it said that it serves another generation of the label than this one, and which.</summary>
    public async Task<ToldGeneration> ServesNewAsync(string label, IReadOnlySet<string> known)
    {
        var line = await _process!.LineAsync(line => ToldGeneration.Read(line) is { } told && told.Label == label && !known.Contains(told.Generation), CancellationToken.None);
        return ToldGeneration.Read(line)!;
    }

    /// <summary>All of the label that it told of.</summary>
    public IEnumerable<string> Known(string label) => _process!.Output.Split('\n').Select(ToldGeneration.Read).OfType<ToldGeneration>().Where(told => told.Label == label).Select(told => told.Generation);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }
}
