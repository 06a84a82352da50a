using System.Globalization;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>The fleets beside each other, and below what the requests were.</summary>
internal static class FleetTable
{
    public static void Print(IReadOnlyList<FleetFigures> fleets)
    {
        Console.WriteLine();
        Console.WriteLine($"| | {string.Join(" | ", fleets.Select(fleet => fleet.Name))} |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", fleets.Count))}");
        Row("A second, where nothing is to do", fleet => Number(fleet.Idle.Total));
        Row("For each certificate", fleet => Number(fleet.Issued.Total / fleet.Certificates));
        Row("For each handshake, machines that met every name", fleet => Number(fleet.Warm.Total / fleet.Visits));
        Row("For each handshake, a machine just started", fleet => Number(fleet.Cold.Total / fleet.Visits));
        Row("A first certificate served by all, ms", fleet => Spread(fleet.FirstSpreads));
        Row("A renewed one served by all, ms", fleet => Spread(fleet.RenewalSpreads));
        foreach (var fleet in fleets)
        {
            Console.WriteLine();
            Console.WriteLine($"{fleet.Name}: for each certificate, a second of rest, a thousand visits warm and cold");
            foreach (var kind in fleet.Issued.ByKind.Keys.Union(fleet.Idle.ByKind.Keys).Union(fleet.Cold.ByKind.Keys))
            {
                double[] counts = [Of(fleet.Issued) / fleet.Certificates, Of(fleet.Idle), Of(fleet.Warm), Of(fleet.Cold)];
                if (counts.Any(count => Math.Abs(count) >= 0.05)) Console.WriteLine($"  {kind,-50}{string.Concat(counts.Select(count => Number(count).PadLeft(9)))}");

                double Of(Counts of) => of.ByKind.GetValueOrDefault(kind);
            }
        }

        void Row(string what, Func<FleetFigures, string> cell) => Console.WriteLine($"| {what} | {string.Join(" | ", fleets.Select(cell))} |");
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) < 1 ? "F3" : "F1", CultureInfo.InvariantCulture);

    private static string Spread(IReadOnlyList<double> spreads) =>
        string.Create(CultureInfo.InvariantCulture, $"median {Handshakes.Median(spreads):F0} ({spreads.Min():F0} to {spreads.Max():F0}, {spreads.Count})");
}
