using System.Globalization;

namespace AcmeKestrel.Benchmarks;

/// <summary>What a handshake costs the server with AcmeKestrel, against the same certificate as a static one of Kestrel's: processor time and allocation per connection, in interleaved rounds.</summary>
internal static class Handshakes
{
    private const int Rounds = 15;
    private const int Connections = 400;

    public static async Task<int> CompareAsync()
    {
        using var plain = new MeasuredServer([HandshakeServer.Static], ["shop.test"]);
        using var acme = new MeasuredServer([HandshakeServer.Acme], ["shop.test"]);
        foreach (var resumes in new[] { false, true })
        {
            // The first rounds pay for the JIT.
            for (var i = 0; i < 3; i++)
            {
                await plain.MeasureAsync(Connections, resumes);
                await acme.MeasureAsync(Connections, resumes);
            }

            var ratios = new List<double>();
            var (plainCosts, acmeCosts) = (new List<HandshakeCost>(), new List<HandshakeCost>());
            for (var i = 0; i < Rounds; i++)
            {
                // Who comes first changes with each round: what the machine does besides should hit both.
                if (i % 2 == 0) plainCosts.Add(await plain.MeasureAsync(Connections, resumes));
                acmeCosts.Add(await acme.MeasureAsync(Connections, resumes));
                if (i % 2 == 1) plainCosts.Add(await plain.MeasureAsync(Connections, resumes));
                ratios.Add(acmeCosts[^1].Microseconds / plainCosts[^1].Microseconds);
            }

            Print(resumes ? "resumed" : "full", ratios, plainCosts, acmeCosts);
        }

        return 0;
    }

    private static void Print(string kind, List<double> ratios, List<HandshakeCost> plain, List<HandshakeCost> acme) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{kind,-8} cpu ratio median {Median(ratios):F3} (min {ratios.Min():F3}, max {ratios.Max():F3}, {ratios.Count} rounds of {Connections})  "
        + $"us static {Median(plain.Select(cost => cost.Microseconds)):F0}, acme {Median(acme.Select(cost => cost.Microseconds)):F0}  "
        + $"bytes static {Median(plain.Select(cost => cost.Bytes)):F0}, acme {Median(acme.Select(cost => cost.Bytes)):F0}  "
        + $"resumed static {Median(plain.Select(cost => cost.Resumed)):P0}, acme {Median(acme.Select(cost => cost.Resumed)):P0}"));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
