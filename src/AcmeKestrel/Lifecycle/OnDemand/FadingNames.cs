namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Names that nobody comes for any more: each goes after it was found so for hours, look after look, by a clock that nobody sets. One that is ahead for a moment takes no name away, and no certificate after it.</summary>
internal sealed class FadingNames(TimeProvider time)
{
    public static readonly TimeSpan Span = TimeSpan.FromHours(6);

    private Dictionary<string, long> _since = new(StringComparer.Ordinal);

    /// <summary>Those that are to go.</summary>
    /// <param name="over">All that this look finds over, with the reason; one that is not among them begins anew when it is.</param>
    public IReadOnlyList<(string Name, string Reason)> Look(IEnumerable<(string Name, string Reason)> over)
    {
        var (before, now, due) = (_since, time.GetTimestamp(), new List<(string Name, string Reason)>());
        _since = new(StringComparer.Ordinal);
        foreach (var (name, reason) in over)
        {
            var since = _since[name] = before.TryGetValue(name, out var known) ? known : now;
            if (time.GetElapsedTime(since, now) >= Span) due.Add((name, reason));
        }

        return due;
    }

    /// <summary>For a while nobody looks.</summary>
    public void Clear() => _since.Clear();
}
