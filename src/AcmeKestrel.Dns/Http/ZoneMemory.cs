using System.Collections.Concurrent;

namespace AcmeKestrel.Dns.Http;

/// <summary>
/// Which zones a service has, where it tells them by name only: kept for about as long as an order takes, whose names are mostly of one zone, and are asked for before it, when they are written and when they are removed.
/// </summary>
internal sealed class ZoneMemory(TimeProvider time)
{
    private const int Most = 10_000;

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, (string? Id, long Since)> _known = new(StringComparer.Ordinal);

    /// <summary>The longest zone that the name is in.</summary>
    /// <param name="ask">The service: what it calls the zone of this name; null: it has none.</param>
    /// <returns>Null: it is in none. That is asked again the next time: somebody may be about to make it.</returns>
    public async Task<string?> FindAsync(string name, Func<string, Task<string?>> ask)
    {
        var missed = new List<string>();
        foreach (var zone in ZoneNames.Of(name))
        {
            var isKnown = _known.TryGetValue(zone, out var known) && time.GetElapsedTime(known.Since) < Kept;
            if ((isKnown ? known.Id : await ask(zone).ConfigureAwait(false)) is { } id)
            {
                Keep(missed, null);
                if (!isKnown) Keep([zone], id);
                return id;
            }

            if (!isKnown) missed.Add(zone);
        }

        return null;
    }

    private void Keep(List<string> zones, string? id)
    {
        if (_known.Count > Most) _known.Clear();

        var now = time.GetTimestamp();
        foreach (var zone in zones) _known[zone] = (id, now);
    }
}
