using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.Benchmarks.Start;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Three machines that share their certificates: what they ask of what they share for each certificate and each handshake, and how soon all of them serve what one got. SampleWeb on each engine, and Caddy with a shared folder.</summary>
internal static class FleetComparison
{
    private const int Names = 24;

    public static async Task<int> RunAsync(FleetOptions options)
    {
        using var folder = new TemporaryFolder();
        string[] names = [.. Enumerable.Range(0, Names).Select(number => $"n{number}.test")];
        var program = options.Only == "caddy" ? "" : await Servers.PublishAsync(new StartOptions(1) { Program = options.Program }, folder.In("sample"));
        var (clock, figures) = (Stopwatch.StartNew(), new List<FleetFigures>());
        await AddAsync("redis", async () => await MeasureAsync(await MeasuredRedis.StartAsync(), program, names));
        await AddAsync("postgresql", async () => await MeasureAsync(await MeasuredPostgreSql.StartAsync(), program, names));
        await AddAsync("caddy", () => CaddyFleet.MeasureAsync(names));
        FleetTable.Print(figures);
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Caddy's renewals with renew_interval {CaddyFleet.ShortInterval.TotalSeconds} s in place of {CaddyFleet.DefaultInterval.TotalMinutes} min."));
        return 0;

        async Task AddAsync(string name, Func<Task<FleetFigures>> measure)
        {
            if (!options.Wants(name)) return;

            figures.Add(await measure());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figures[^1].Name}: measured after {clock.Elapsed.TotalSeconds:F0} s"));
        }
    }

    private static async Task<FleetFigures> MeasureAsync(MeasuredEngine engine, string program, IReadOnlyList<string> names)
    {
        await using (engine)
        {
            await using var fleet = await SampleFleet.StartAsync(engine, program);
            return await fleet.MeasureAsync(names);
        }
    }
}
