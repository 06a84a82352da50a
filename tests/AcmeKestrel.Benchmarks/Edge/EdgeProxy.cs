using System.Globalization;
using AcmeKestrel.Benchmarks.Start;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>One of the proxies that are held against each other, and what its rounds cost.</summary>
internal sealed class EdgeProxy(string name, StartedServer server) : IAsyncDisposable
{
    /// <summary>What a connection's end still costs when the client has its answer.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    public string Name => name;

    /// <summary>Microseconds of its processor time for each request, by load, a round each.</summary>
    public Dictionary<EdgeLoad, List<double>> Costs { get; } = [];

    public static EdgeProxy Sample(StartState state, Backend backend, string program, IReadOnlyDictionary<string, string> with) =>
        new(with.Count == 0 ? "SampleWeb" : string.Join(", ", with.Select(pair => $"{pair.Key}={pair.Value}")), Servers.StartSample(state, program, [.. Routes(state, backend), .. with]));

    public static EdgeProxy Caddy(StartState state, Backend backend) =>
        new("caddy", Servers.StartCaddy(state, new { handler = "reverse_proxy", upstreams = new[] { new { dial = backend.Address } } }));

    public static EdgeProxy Bare(StartState state, Backend backend) => Bare("Kestrel + YARP", state, backend, []);

    /// <summary>With the settings of SampleWeb's project and its <c>appsettings.json</c>, so that what is left between them is AcmeKestrel.</summary>
    public static EdgeProxy BareSetAsSample(StartState state, Backend backend) => Bare("Kestrel + YARP, set as SampleWeb is", state, backend,
    [
        new("DOTNET_GCConserveMemory", "9"),
        new("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0"),
        Servers.NoActivities,
    ]);

    /// <summary>Until it serves.</summary>
    public async Task StartedAsync(string host) => await server.FirstHandshakeAsync(host);

    /// <summary>Not kept: the code is compiled meanwhile.</summary>
    public Task WarmAsync(EdgeLoad load, string host) => load.RunAsync(server.Port, host, load.WarmRequests);

    public async Task MeasureAsync(EdgeLoad load, string host)
    {
        var before = server.ProcessorSeconds();
        await load.RunAsync(server.Port, host, load.Requests);
        await Task.Delay(Rest);
        if (!Costs.TryGetValue(load, out var costs)) Costs[load] = costs = [];
        costs.Add((server.ProcessorSeconds() - before) * 1e6 / load.Requests);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static EdgeProxy Bare(string name, StartState state, Backend backend, KeyValuePair<string, string>[] settings)
    {
        var (port, bundle) = (FreePort.Next(), Path.Combine(state.Bundles, $"{state.Names[0]}.pem"));
        KeyValuePair<string, string>[] environment =
        [
            .. Routes(state, backend),
            new("ASPNETCORE_ENVIRONMENT", "Production"),
            new("ASPNETCORE_URLS", ""),
            new("Logging__LogLevel__Default", "Warning"),
            new("Kestrel__Endpoints__Https__Url", string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}")),
            new("Kestrel__Endpoints__Https__Certificate__Path", bundle),
            new("Kestrel__Endpoints__Https__Certificate__KeyPath", bundle),
            .. settings,
        ];
        return new(name, new StartedServer(Environment.ProcessPath!, ["edge", BareProxy.Verb], environment, state.ContentRoot, port, state.Root));
    }

    private static IEnumerable<KeyValuePair<string, string>> Routes(StartState state, Backend backend) =>
    [
        new("ReverseProxy__Routes__edge__ClusterId", "edge"),
        new("ReverseProxy__Routes__edge__Match__Hosts__0", state.Names[0]),
        new("ReverseProxy__Clusters__edge__Destinations__nginx__Address", $"http://{backend.Address}/"),
    ];
}
