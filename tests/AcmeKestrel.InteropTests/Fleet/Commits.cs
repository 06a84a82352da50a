using System.Collections.Concurrent;
using System.Globalization;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>The certificates that an engine has told of: <c>shop.test@20261129T125955Z-faa15b9c</c>, with when it told.</summary>
internal sealed class Commits(TimeSpan lifetime)
{
    /// <summary>So long a machine may take until it serves one whose answers were lost for 7.5 s: the last call that got none is given up after 7 s, and the next look comes a second later. The rest is for a busy machine.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    /// <summary>It is told of so much later than it was signed, at most.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _told = [];

    public ICollection<string> Names => _told.Keys;

    public void Add(string name) => _told[name] = DateTimeOffset.UtcNow;

    /// <summary>What is served by now lasts until then at least.</summary>
    public DateTimeOffset EndOfNewest(string label)
    {
        var until = DateTimeOffset.UtcNow - Grace;
        return _told.Where(told => told.Value < until && told.Key.StartsWith(label + "@", StringComparison.Ordinal)).Select(told => IssuedAt(told.Key) + lifetime - OnTheWay).DefaultIfEmpty().Max();
    }

    private static DateTimeOffset IssuedAt(string name) => DateTimeOffset.ParseExact(name.Split('@')[1][..16], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
