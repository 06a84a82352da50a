using System.Globalization;

namespace AcmeKestrel.Benchmarks;

/// <summary>What a handshake costs where there are more certificates than the platform keeps contexts, against one certificate: names at random, a client that keeps a session for each.</summary>
internal static class CrowdedHandshakes
{
    private const int Rounds = 60;
    private const int Connections = 100;

    public static async Task<int> CompareAsync(int count)
    {
        // The client keeps 500 sessions otherwise; a server process does not come by here.
        AppContext.SetData("System.Net.Security.TlsCacheSize", "1000000");
        var all = count.ToString(CultureInfo.InvariantCulture);
        var servers = new List<(string Kind, MeasuredServer Server)>();
        try
        {
            Start("one", 1, HandshakeServer.Acme, "0");
            Start("all hot", count, HandshakeServer.Acme, all);
            Start("default", count, HandshakeServer.Acme, "");
            Start("none hot", count, HandshakeServer.Acme, "0");
            Start("24 resume", count, HandshakeServer.FewResume, "0");
            foreach (var (kind, server) in servers)
            {
                await server.GoRoundAsync(resumes: false);
                var loaded = await server.MemoryAsync();
                for (var i = 0; i < 2; i++) await server.GoRoundAsync(resumes: true);
                var held = await server.MemoryAsync();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind,-10} {held / 1024:F1} MiB, {loaded / 1024:F1} MiB after one visit to each name"));
            }

            foreach (var resumes in new[] { false, true }) await CompareAsync(servers, resumes);
        }
        finally
        {
            foreach (var (_, server) in servers) server.Dispose();
        }

        return 0;

        // Each server has names of its own: the client keeps one session for a name.
        void Start(string kind, int names, string how, string hot) => servers.Add((kind, new MeasuredServer(
            [how, names.ToString(CultureInfo.InvariantCulture), $"{servers.Count}.test", hot], [.. HandshakeServer.Names(names, $"{servers.Count}.test")])));
    }

    private static async Task CompareAsync(List<(string Kind, MeasuredServer Server)> servers, bool resumes)
    {
        var costs = servers.ConvertAll(_ => new List<HandshakeCost>());
        for (var round = -2; round < Rounds; round++)
        {
            for (var turn = 0; turn < servers.Count; turn++)
            {
                // Who comes first changes with each round, and the first rounds pay for the JIT.
                var which = (turn + round + servers.Count) % servers.Count;
                var cost = await servers[which].Server.MeasureAsync(Connections, resumes);
                if (round >= 0) costs[which].Add(cost);
            }
        }

        for (var which = 0; which < servers.Count; which++)
        {
            var sum = costs[which].Sum(cost => cost.Microseconds) / costs[0].Sum(cost => cost.Microseconds);
            var ratios = costs[which].Zip(costs[0], (cost, one) => cost.Microseconds / one.Microseconds).ToList();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(resumes ? "returning" : "new"),-9} {servers[which].Kind,-10} cpu ratio to one {sum:F3} (median of {Rounds} rounds of {Connections} {Handshakes.Median(ratios):F3})  "
                + $"us {costs[which].Average(cost => cost.Microseconds):F0}  bytes {Handshakes.Median(costs[which].Select(cost => cost.Bytes)):F0}  "
                + $"resumed {costs[which].Average(cost => cost.Resumed):P1}"));
        }
    }
}
