namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>Labels that changed since somebody looked, each once, in the order in which they did first. Not safe for several threads.</summary>
internal sealed class ChangedLabels
{
    private const int FewLabels = 1000;

    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public void Add(IEnumerable<string> labels)
    {
        foreach (var label in labels)
        {
            if (_labels.Add(label)) _order.Enqueue(label);
        }
    }

    public List<string> Take(int atMost)
    {
        var taken = new List<string>();
        while (taken.Count < atMost && _order.TryDequeue(out var label))
        {
            _labels.Remove(label);
            taken.Add(label);
        }

        // All labels of a start change at once, and then a few.
        if (_order.Count == 0 && _labels.Capacity > FewLabels)
        {
            _labels.TrimExcess();
            _order.TrimExcess();
        }

        return taken;
    }
}
