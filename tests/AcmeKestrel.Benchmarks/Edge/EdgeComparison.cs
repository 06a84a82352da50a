using System.Runtime.InteropServices;
using AcmeKestrel.Benchmarks.Start;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>What a request costs a reverse proxy: SampleWeb with a stored certificate, Caddy with the same, and Kestrel and YARP without AcmeKestrel, each before the same nginx, in turns.</summary>
internal static class EdgeComparison
{
    public static async Task<int> RunAsync(EdgeOptions options)
    {
        using var folder = new TemporaryFolder();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var start = new StartOptions(1) { Flavour = options.Flavour, Program = options.Program };
        var program = await Servers.PublishAsync(start, folder.In("sample"));
        using var state = await StartState.CreateAsync(start);
        await using var backend = new Backend(folder.In("nginx"));
        var (states, proxies) = (new List<StartState>(), new List<EdgeProxy>());
        try
        {
            proxies.Add(EdgeProxy.Sample(state, backend, program, new Dictionary<string, string>()));
            proxies.Add(EdgeProxy.Caddy(state, backend));
            proxies.Add(EdgeProxy.Bare(state, backend));
            proxies.Add(EdgeProxy.BareSetAsSample(state, backend));
            foreach (var with in options.With)
            {
                // A state has one writer, so each gets its own, with a certificate like the other's.
                states.Add(await StartState.CreateAsync(start));
                proxies.Add(EdgeProxy.Sample(states[^1], backend, program, with));
            }

            var loads = EdgeLoad.All.Where(load => options.Only is null || load.Name == options.Only).ToList();
            await MeasureAsync(proxies, loads, state.Names[0], options.Rounds);
            EdgeTable.Print(proxies, loads);
        }
        finally
        {
            foreach (var proxy in proxies) await proxy.DisposeAsync();
            foreach (var other in states) other.Dispose();
        }

        return 0;

        static void End(PosixSignalContext context)
        {
            context.Cancel = true;
            StartedServer.EndAll();
        }
    }

    private static async Task MeasureAsync(List<EdgeProxy> proxies, List<EdgeLoad> loads, string host, int rounds)
    {
        foreach (var proxy in proxies) await proxy.StartedAsync(host);
        foreach (var load in loads)
        {
            foreach (var proxy in proxies) await proxy.WarmAsync(load, host);

            // Who comes first changes with each round: what the machine does besides should hit all.
            for (var round = 0; round < rounds; round++)
            {
                for (var turn = 0; turn < proxies.Count; turn++) await proxies[(round + turn) % proxies.Count].MeasureAsync(load, host);
            }
        }
    }
}
