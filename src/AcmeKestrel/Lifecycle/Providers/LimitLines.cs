using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// Labels that wait for a limit which many names share, one line for each bucket of a CA's: whose certificate ends first is first, and is the only one that looks when the next token is there. Of a hundred thousand
/// each would look at each token otherwise. Whoever goes on, or needs nothing any more, has the next one woken.
/// </summary>
internal sealed class LimitLines(ILabelWaker labels)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LimitLine, SortedSet<Place>> _lines = [];
    private readonly Dictionary<string, (LimitLine Line, Place Place)> _standing = new(StringComparer.Ordinal);

    /// <summary>The buckets of a CA that somebody else waits for who is before the label.</summary>
    /// <param name="rank">Where it would stand; a better place that it has already counts.</param>
    public IReadOnlyList<string> BehindAt(CaKey ca, string label, DateTimeOffset rank)
    {
        // One for each account that has used up its limit, and they are few.
        lock (_gate) return _lines.Count == 0 ? [] : [.. _lines.Keys.Where(line => line.Ca == ca && IsBehindIn(line, label, rank)).Select(line => line.Bucket)];
    }

    /// <summary>The label waits for its turn; one that stands already keeps its place, unless it may stand further ahead by now.</summary>
    public void Stand(LimitLine at, string label, DateTimeOffset rank)
    {
        string? next;
        lock (_gate)
        {
            var place = new Place(rank, label);
            if (_standing.TryGetValue(label, out var known) && known.Line == at && known.Place.CompareTo(place) <= 0) return;

            next = Remove(label);
            if (!_lines.TryGetValue(at, out var line)) _lines[at] = line = [];
            line.Add(place);
            _standing[label] = (at, place);
        }

        if (next is not null) labels.Wake(next);
    }

    /// <summary>The label does not wait for a limit (any more).</summary>
    public void Leave(string label)
    {
        string? next;
        lock (_gate) next = Remove(label);
        if (next is not null) labels.Wake(next);
    }

    private bool IsBehindIn(LimitLine at, string label, DateTimeOffset rank)
    {
        if (!_lines.TryGetValue(at, out var line) || line.Min is not { } first) return false;

        var place = new Place(rank, label);
        if (_standing.TryGetValue(label, out var standing) && standing.Line == at && standing.Place.CompareTo(place) < 0) place = standing.Place;
        return first.CompareTo(place) < 0;
    }

    /// <summary>Whose turn it is now, where it was this label's.</summary>
    private string? Remove(string label)
    {
        if (!_standing.Remove(label, out var left)) return null;

        var line = _lines[left.Line];
        var wasFirst = line.Min == left.Place;
        line.Remove(left.Place);
        if (line.Count == 0) _lines.Remove(left.Line);
        return wasFirst ? line.Min?.Label : null;
    }

    private sealed record Place(DateTimeOffset Rank, string Label) : IComparable<Place>
    {
        public int CompareTo(Place? other) => other is null ? 1 : Rank != other.Rank ? Rank.CompareTo(other.Rank) : string.CompareOrdinal(Label, other.Label);
    }
}
