using System.Collections.Concurrent;

namespace AcmeKestrel.Challenges;

/// <summary>What was looked for a moment ago and not found: it is not looked for again at once. Bounded, since anyone may ask for anything.</summary>
internal sealed class RecentMisses(TimeProvider time, StringComparer keys)
{
    private const int MaxRemembered = 1024;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, long> _misses = new(keys);

    public bool Has(string key) => _misses.TryGetValue(key, out var since) && IsFresh(since);

    public void Add(string key)
    {
        if (_misses.Count >= MaxRemembered)
        {
            foreach (var (old, since) in _misses)
            {
                if (!IsFresh(since)) _misses.TryRemove(old, out _);
            }
        }

        if (_misses.Count < MaxRemembered) _misses[key] = time.GetTimestamp();
    }

    private bool IsFresh(long since) => time.GetElapsedTime(since) < Lifetime;
}
