using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests.Dns;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>Three SampleWebs with one engine behind a balancer that sends a CA's probe to any of them, and a DNS server that all of them write to.</summary>
public sealed partial class FleetTests(ITestOutputHelper output)
{
    private static readonly string[] Challenges = ["http-01", "tls-alpn-01", "dns-01"];
    private static readonly string[] Names = [.. Enumerable.Range(0, 40).Select(number => $"n{number}.edge.test")];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Redis")]
    [InlineData("PostgreSql")]
    public async Task Forty_names_are_ordered_once_each_and_all_of_them_serve_all_names(string type)
    {
        // With a Pebble that waits for itself it is begun anew.
        for (var left = 3; !await TryOrderAsync(type); left--) Assert.True(left > 1, "Pebble's store has stood still three times.");
    }

    /// <summary>False: Pebble stands still.</summary>
    private async Task<bool> TryOrderAsync(string type)
    {
        await using var engine = await FleetEngine.StartAsync(type, Stop);
        SampleEdge[] edges = [new(), new(), new()];
        await using var http = new TcpProxy(FreePort.Next(), [.. edges.Select(edge => edge.HttpPort)]);
        await using var tls = new TcpProxy(FreePort.Next(), [.. edges.Select(edge => edge.HttpsPort)]);
        await using var bind = await BindServer.StartResolvingAsync(Stop);
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Installed) { HttpPort = http.Port, TlsPort = tls.Port, Resolver = bind.EndPoint, NonceReject = 0 }, Stop);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        try
        {
            foreach (var edge in edges)
            {
                engine.Use(edge.ProvingBy(bind).Using(ca), engine.Port);
                Timestamped(edge);
                for (var i = 0; i < Names.Length; i++) edge.Settings[$"Acme__Certificates__{Names[i]}__Challenges__0"] = Challenges[i % Challenges.Length];
            }

            var (stuck, ordering) = (ca.Management.StuckAsync(over.Token), OrderAsync(type, edges, ca, over.Token));
            var isStuck = await Task.WhenAny(stuck, ordering) == stuck && !Stop.IsCancellationRequested;
            await over.CancelAsync();
            await stuck.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (isStuck) await ordering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else await ordering;
            return !isStuck;
        }
        finally
        {
            foreach (var edge in edges) await edge.DisposeAsync();
        }
    }

    private async Task OrderAsync(string type, SampleEdge[] edges, PebbleServer ca, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        foreach (var edge in edges) edge.Start();
        foreach (var name in Names)
        {
            var thumbprints = await Task.WhenAll(edges.Select(async edge => (await edge.ServedAsync(name, cancellationToken)).Certificate.Thumbprint));
            Assert.Single(thumbprints.Distinct());
        }

        // A probe that a busy machine answers too late costs an order, and no certificate.
        var failed = edges.Sum(edge => edge.FailedOrders);
        Assert.InRange(ca.Orders(), Names.Length, Names.Length + failed);
        Assert.Equal(Names.Length, ca.Requests("/finalize-order"));
        output.WriteLine($"{type}: {clock.Elapsed.TotalSeconds:F1} s from the start; processor time of the three: {string.Join(", ", edges.Select(edge => $"{ProcessorTime(edge).TotalSeconds:F1} s"))}");
        Report(type, await SpreadsAsync(edges, Names));
    }

    private static TimeSpan ProcessorTime(SampleEdge edge)
    {
        using var process = Process.GetProcessById(edge.Process.Id);
        return process.TotalProcessorTime;
    }

    /// <summary>The log tells of each with its time.</summary>
    private static void Timestamped(SampleEdge edge)
    {
        edge.Settings["Logging__Console__FormatterName"] = "simple";
        edge.Settings["Logging__Console__FormatterOptions__SingleLine"] = "true";
        edge.Settings["Logging__Console__FormatterOptions__UseUtcTimestamp"] = "true";
        edge.Settings["Logging__Console__FormatterOptions__TimestampFormat"] = "HH:mm:ss.fff ";
    }

    /// <summary>From the commit that one tells of to the last one that serves it.</summary>
    private static async Task<List<TimeSpan>> SpreadsAsync(SampleEdge[] edges, string[] names)
    {
        var spreads = new List<TimeSpan>();
        foreach (var name in names)
        {
            var told = new List<TimeSpan>();
            foreach (var edge in edges) told.Add(TimeOf(await edge.Process.LineAsync(line => Told().Match(line) is { Success: true } match && match.Groups[2].Value == name, Stop)));
            spreads.Add(told.Max() - told.Min());
        }

        return spreads;
    }

    private static TimeSpan TimeOf(string line) => TimeSpan.Parse(Told().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);

    private void Report(string type, List<TimeSpan> spreads)
    {
        spreads.Sort();
        output.WriteLine($"{type}: from the commit to all three serving it: median {spreads[spreads.Count / 2].TotalMilliseconds} ms, longest {spreads[^1].TotalMilliseconds} ms");
    }

    [GeneratedRegex(@"^(\d\d:\d\d:\d\d\.\d{3}) .*\] (\S+): certificate \S+ (?:is here|of the process)")]
    private static partial Regex Told();
}
