namespace AcmeKestrel.Tests.Hostile;

/// <summary>
/// Resources by faults by whether they last. Every fault of every resource is met, in turns one that passes and one that lasts; both, which takes twice as long, where <c>ACMEKESTREL_HOSTILE_CELLS</c> is <c>all</c> (<c>.ci/soak</c>).
/// </summary>
internal static class Cells
{
    private static readonly bool AreAll = Environment.GetEnvironmentVariable("ACMEKESTREL_HOSTILE_CELLS") == "all";

    /// <param name="paths">As <see cref="FaultyTransport.FailingPath"/>.</param>
    public static TheoryData<string, string, bool> Of(params IReadOnlyList<string> paths) => [.. Met(paths).Select(cell => new TheoryDataRow<string, string, bool>(cell.Path, cell.Fault, cell.Lasts))];

    /// <summary>Of one kind alone.</summary>
    public static TheoryData<string, string> Of(bool lasts, params IReadOnlyList<string> paths) =>
        [.. Met(paths).Where(cell => cell.Lasts == lasts).Select(cell => new TheoryDataRow<string, string>(cell.Path, cell.Fault))];

    private static IEnumerable<(string Path, string Fault, bool Lasts)> Met(IReadOnlyList<string> paths) =>
        from path in Enumerable.Range(0, paths.Count)
        from fault in Enumerable.Range(0, Faults.All.Count)
        from lasts in (bool[])[false, true]
        where AreAll || ((path + fault) % 2 != 0) == lasts
        select (paths[path], Faults.All[fault].Name, lasts);
}
