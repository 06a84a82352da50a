namespace AcmeKestrel.Desired.Files;

/// <summary>
/// Files that a watcher spoke of and nobody has looked at since. Who writes a file makes it first, empty, and fills it then: it is looked at when nothing was told of it for a moment, and
/// at the latest when somebody who comes by every two seconds would have seen it. Not safe for several threads.
/// </summary>
internal sealed class TouchedFiles(TimeProvider time)
{
    /// <summary>Without a word for so long a file counts as written.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (long First, long Last)> _files = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <returns>It is the first one since all were taken.</returns>
    public bool Add(string fileName)
    {
        var now = time.GetTimestamp();
        var isKnown = _files.TryGetValue(fileName, out var known);
        _files[fileName] = isKnown ? known with { Last = now } : (now, now);
        return !isKnown && _files.Count == 1;
    }

    /// <summary>Those that may be looked at now; they are told of anew when they change again.</summary>
    public IReadOnlyList<string> Take()
    {
        if (_files.Count == 0) return [];

        var now = time.GetTimestamp();
        List<string> taken = [.. _files.Where(file => Wait(file.Value, now) <= TimeSpan.Zero).Select(file => file.Key)];
        foreach (var name in taken) _files.Remove(name);
        if (_files.Count == 0) _files.TrimExcess();
        return taken;
    }

    /// <summary>Until the next one may be looked at; null: there is none.</summary>
    public TimeSpan? Next()
    {
        if (_files.Count == 0) return null;

        var now = time.GetTimestamp();
        return _files.Values.Min(file => Wait(file, now));
    }

    private TimeSpan Wait((long First, long Last) file, long now)
    {
        var (calm, age) = (time.GetElapsedTime(file.Last, now), time.GetElapsedTime(file.First, now));
        return calm >= Calm || age >= Longest ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min((Calm - calm).Ticks, (Longest - age).Ticks));
    }
}
