using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Start;

/// <summary>
/// How soon a server with many stored certificates serves the last of them, what it holds of the memory by then, and how long a name waits that nobody asked for before: SampleWeb against Caddy with the
/// same certificates, in turns, all files in the page cache.
/// </summary>
internal static class StartComparison
{
    private const int ColdNames = 200;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(StartOptions options)
    {
        using var program = new TemporaryFolder();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var sample = await Servers.PublishAsync(options, program.In("sample"));
        var watch = Stopwatch.StartNew();
        using var state = await StartState.CreateAsync(options);
        Write($"{options.Count} certificates made in {watch.Elapsed.TotalSeconds:F1} s; wishes: {options.Wishes}, index: {options.Index}, {options.Broken} that cannot be read");

        // Not measured: the client's code is compiled here, and SampleWeb leaves in the state what it leaves.
        await MeasureAsync(Servers.StartCaddy(state), state, coldNames: 20);
        state.Settle();
        var settled = options.Index == StartIndex.Stale ? state.Names[0] : state.Names[^1];
        await MeasureAsync(Servers.StartSample(state, sample), state, coldNames: 0, settled);
        state.Settled();

        var (ours, caddys) = (new List<Figures>(), new List<Figures>());
        var rest = options.Calm ? Rest : TimeSpan.Zero;
        for (var round = 1; round <= options.Rounds; round++)
        {
            state.Prepare();
            if (round % 2 == 1) ours.Add(Show("SampleWeb", await MeasureAsync(Servers.StartSample(state, sample), state, ColdNames, rest: rest, atLast: VisitBrokenAsync)));
            caddys.Add(Show("caddy", await MeasureAsync(Servers.StartCaddy(state), state, ColdNames, rest: rest)));
            if (round % 2 == 1) continue;

            state.Prepare();
            ours.Add(Show("SampleWeb", await MeasureAsync(Servers.StartSample(state, sample), state, ColdNames, rest: rest, atLast: VisitBrokenAsync)));
        }

        Console.WriteLine();
        Console.WriteLine("| Medians | SampleWeb | caddy | ratio |");
        Console.WriteLine("|---|---|---|---|");
        Compare("first verified handshake, s", figures => figures.First, "F2");
        Compare("processor time until then, s", figures => figures.Processor, "F2");
        Compare("memory then (PSS), MiB", figures => figures.Memory, "F1");
        Compare("memory after the cold names, MiB", figures => figures.MemoryLater, "F1");
        Compare("a cold name's handshake, ms", figures => figures.Cold, "F2");
        Compare("95 % of them below, ms", figures => figures.Cold95, "F2");
        Compare("the same name again, ms", figures => figures.Warm, "F2");
        return 0;

        async Task VisitBrokenAsync(StartedServer server)
        {
            if (state.Broken.Count > 0) Console.WriteLine(await BrokenNames.VisitAsync(server, state));
        }

        static void End(PosixSignalContext context)
        {
            context.Cancel = true;
            StartedServer.EndAll();
        }

        void Compare(string what, Func<Figures, double> figure, string format)
        {
            var (our, caddy) = (Quantile(ours.Select(figure), 0.5), Quantile(caddys.Select(figure), 0.5));
            if (!double.IsNaN(our)) Write($"| {what} | {our.ToString(format, CultureInfo.InvariantCulture)} | {caddy.ToString(format, CultureInfo.InvariantCulture)} | {our / caddy:F2} |");
        }
    }

    /// <param name="name">The name that is waited for; null: the last one.</param>
    /// <param name="rest">Between the first handshake and the cold names.</param>
    /// <param name="atLast">What is tried with the server when all is measured.</param>
    private static async Task<Figures> MeasureAsync(StartedServer server, StartState state, int coldNames, string? name = null, TimeSpan rest = default, Func<StartedServer, Task>? atLast = null)
    {
        await using (server)
        {
            name ??= state.Names[^1];
            var first = await server.FirstHandshakeAsync(name);
            var (processor, memory) = (server.ProcessorSeconds(), server.ProportionalMiB());
            await Task.Delay(rest);
            var (cold, warm) = (new List<double>(), new List<double>());
            foreach (var other in Spread(state.Whole, coldNames)) cold.Add((await server.HandshakeAsync(other)).TotalMilliseconds);
            for (var index = 0; index < coldNames; index++) warm.Add((await server.HandshakeAsync(name)).TotalMilliseconds);
            var figures = new Figures(first.TotalSeconds, processor, memory, server.ProportionalMiB(), Quantile(cold, 0.5), Quantile(cold, 0.95), Quantile(warm, 0.5));
            if (atLast is not null) await atLast(server);
            await server.StopAsync();
            return figures;
        }
    }

    /// <summary>Some from everywhere but the end.</summary>
    private static IEnumerable<string> Spread(IReadOnlyList<string> names, int count) =>
        Enumerable.Range(0, Math.Min(count, names.Count - 1)).Select(index => names[(int)((long)index * (names.Count - 1) / count)]);

    private static Figures Show(string server, Figures figures)
    {
        Write($"{server,-10} first {figures.First:F2} s, processor {figures.Processor:F2} s, memory {figures.Memory:F1} MiB, then {figures.MemoryLater:F1}, cold {figures.Cold:F2} ms (95 %: {figures.Cold95:F2}), warm {figures.Warm:F2} ms");
        return figures;
    }

    private static void Write(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static double Quantile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min((int)(sorted.Length * part), sorted.Length - 1)];
    }

    /// <summary>Of one start.</summary>
    private sealed record Figures(double First, double Processor, double Memory, double MemoryLater, double Cold, double Cold95, double Warm);
}
