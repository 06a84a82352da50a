using System.Globalization;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>Processor time for each request, and the first proxy's against each other's: of the medians, in brackets the least and the most of a round.</summary>
internal static class EdgeTable
{
    public static void Print(IReadOnlyList<EdgeProxy> proxies, IReadOnlyList<EdgeLoad> loads)
    {
        var (sample, others) = (proxies[0], proxies.Skip(1).ToList());
        Console.WriteLine();
        Console.WriteLine($"| Processor time for each request, µs, {sample.Costs[loads[0]].Count} rounds | {string.Join(" | ", proxies.Select(proxy => proxy.Name))} | {string.Join(" | ", others.Select(other => $"ratio to {other.Name}"))} |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", proxies.Count + others.Count))}");
        foreach (var load in loads)
        {
            var costs = proxies.Select(proxy => Handshakes.Median(proxy.Costs[load]).ToString("F0", CultureInfo.InvariantCulture));
            Console.WriteLine($"| {load.What} | {string.Join(" | ", costs)} | {string.Join(" | ", others.Select(other => Ratio(sample.Costs[load], other.Costs[load])))} |");
        }
    }

    private static string Ratio(List<double> ours, List<double> theirs)
    {
        var ratios = ours.Zip(theirs, (our, their) => our / their).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{Handshakes.Median(ours) / Handshakes.Median(theirs):F3} ({ratios.Min():F3} to {ratios.Max():F3})");
    }
}
