namespace AcmeKestrel.Tests.Hostile;

/// <summary>Resources by faults by whether they last.</summary>
internal static class Cells
{
    /// <param name="paths">As <see cref="FaultyTransport.FailingPath"/>.</param>
    public static TheoryData<string, string, bool> Of(params IEnumerable<string> paths)
    {
        var cells = new TheoryData<string, string, bool>();
        foreach (var path in paths)
        {
            foreach (var fault in Faults.All)
            {
                cells.Add(path, fault.Name, false);
                cells.Add(path, fault.Name, true);
            }
        }

        return cells;
    }
}
