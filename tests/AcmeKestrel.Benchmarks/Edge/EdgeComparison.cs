using System.Runtime.InteropServices;
using AcmeKestrel.Benchmarks.Start;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>What a request costs a reverse proxy: SampleWeb with a stored certificate, Caddy with the same, and Kestrel and YARP without AcmeKestrel, each before the same nginx, in turns.</summary>
internal static class EdgeComparison
{
    private const int WarmRounds = 4;

    public static async Task<int> RunAsync(EdgeOptions options)
    {
        using var folder = new TemporaryFolder();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var start = new StartOptions(1) { Flavour = options.Flavour, Program = options.Program };
        var program = await Servers.PublishAsync(start, folder.In("sample"));
        using var state = await StartState.CreateAsync(start);
        await using var backend = new Backend(folder.In("nginx"));
        await using var sample = EdgeProxy.Sample(state, backend, program, new Dictionary<string, string>());
        await using var caddy = EdgeProxy.Caddy(state, backend);
        await using var bare = EdgeProxy.Bare(state, backend);

        // Two processes cannot share a state that only one may write; each gets one of its own, with a certificate like the other.
        using var otherState = options.With.Count > 0 ? await StartState.CreateAsync(start) : null;
        await using var other = otherState is null ? null : EdgeProxy.Sample(otherState, backend, program, options.With);
        EdgeProxy[] proxies = other is null ? [sample, caddy, bare] : [sample, other, caddy, bare];
        var loads = EdgeLoad.All.Where(load => options.Only is null || load.Name == options.Only).ToList();
        await MeasureAsync(proxies, loads, state.Names[0], options.Rounds);

        EdgeTable.Print(proxies, loads);
        return 0;

        static void End(PosixSignalContext context)
        {
            context.Cancel = true;
            StartedServer.EndAll();
        }
    }

    private static async Task MeasureAsync(EdgeProxy[] proxies, List<EdgeLoad> loads, string host, int rounds)
    {
        foreach (var proxy in proxies) await proxy.StartedAsync(host);
        foreach (var load in loads)
        {
            for (var round = 0; round < WarmRounds; round++)
            {
                foreach (var proxy in proxies) await proxy.WarmAsync(load, host);
            }

            // Who comes first changes with each round: what the machine does besides should hit all.
            for (var round = 0; round < rounds; round++)
            {
                for (var turn = 0; turn < proxies.Length; turn++) await proxies[(round + turn) % proxies.Length].MeasureAsync(load, host);
            }
        }
    }
}
