namespace SampleWeb;

/// <summary>What is said of each label at a console: once, and anew when it changes. A person reads some; an edge may have a hundred thousand.</summary>
internal sealed class ToldLines
{
    /// <summary>Labels that something is said of.</summary>
    public const int Most = 100;

    private readonly Dictionary<string, string> _told = [];
    private bool _saidThatThereAreMore;

    /// <summary>The line to be printed; null: nothing new.</summary>
    public string? Next(string label, string line)
    {
        var isTold = _told.TryGetValue(label, out var last);
        if (isTold && last == line) return null;
        if (isTold || _told.Count < Most) return _told[label] = line;
        if (_saidThatThereAreMore) return null;

        _saidThatThereAreMore = true;
        return "(and more, of which nothing is said here)";
    }

    public void Forget(string label) => _told.Remove(label);
}
