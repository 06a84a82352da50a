using System.Globalization;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>Processor time for each request, and the first proxy's against each other's: of the medians, in brackets the least and the most of a round.</summary>
internal static class EdgeTable
{
    public static void Print(IReadOnlyList<EdgeProxy> proxies, IReadOnlyList<EdgeLoad> loads)
    {
        var sample = proxies[0];
        Console.WriteLine();
        Console.WriteLine($"| µs for each request; {sample.Name} to it | {string.Join(" | ", loads.Select(load => load.What))} |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", loads.Count))}");
        Row(sample.Name, load => Cost(sample, load));
        foreach (var other in proxies.Skip(1)) Row(other.Name, load => $"{Cost(other, load)}; {Ratio(sample.Costs[load], other.Costs[load])}");

        void Row(string name, Func<EdgeLoad, string> cell) => Console.WriteLine($"| {name} | {string.Join(" | ", loads.Select(cell))} |");
    }

    private static string Cost(EdgeProxy proxy, EdgeLoad load) => Handshakes.Median(proxy.Costs[load]).ToString("F0", CultureInfo.InvariantCulture);

    private static string Ratio(List<double> ours, List<double> theirs)
    {
        var ratios = ours.Zip(theirs, (our, their) => our / their).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{Handshakes.Median(ours) / Handshakes.Median(theirs):F3} ({ratios.Min():F3} to {ratios.Max():F3})");
    }
}
