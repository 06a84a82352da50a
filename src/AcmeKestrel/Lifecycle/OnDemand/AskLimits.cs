using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>
/// How many names strangers may have asked for: token buckets, one for all and one for each network, which has no more than a quarter of it. The last half of that for all is for networks that have
/// asked for nothing for as long as the window is: a few that ask for as much as they may leave room for everyone else's first names. Bounded, since anyone may come from anywhere.
/// </summary>
internal sealed class AskLimits(TimeProvider time)
{
    private const int MaxNetworks = 4096;
    private const int Share = 4;

    private readonly Lock _gate = new();

    /// <summary>When each bucket is full again.</summary>
    private readonly Dictionary<string, TimeSpan> _networks = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _all;

    /// <summary>None of them was full before, when they were looked at last.</summary>
    private TimeSpan _firstFull;

    /// <summary>Whether one more may be asked for; nothing is taken by that.</summary>
    public bool HasRoom(RateLimit limit, string network)
    {
        lock (_gate) return HasRoom(limit, network, time.GetElapsedTime(_start));
    }

    /// <summary>Those that have spent something.</summary>
    public int Networks
    {
        get
        {
            lock (_gate) return _networks.Count;
        }
    }

    public bool TryTake(RateLimit limit, string network)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_start);
            if (!HasRoom(limit, network, now)) return false;

            if (_networks.Count >= MaxNetworks && !_networks.ContainsKey(network)) Prune(now - limit.Window);
            _all = Later(_all, now) + CostOf(limit);
            if (_networks.Count < MaxNetworks || _networks.ContainsKey(network))
            {
                var full = Later(_networks.GetValueOrDefault(network), now) + (CostOf(limit) * Share);
                _networks[network] = full;
                if (full < _firstFull) _firstFull = full;
            }

            return true;
        }
    }

    private bool HasRoom(RateLimit limit, string network, TimeSpan now)
    {
        var (all, own) = (Later(_all, now) + CostOf(limit) - now, Later(_networks.GetValueOrDefault(network), now) - now);
        if (all > limit.Window || own + (CostOf(limit) * Share) > Longer(limit.Window, CostOf(limit) * Share)) return false;

        return all <= limit.Window / 2 || !_networks.TryGetValue(network, out var full) || full + limit.Window <= now;
    }

    /// <summary>Those that have been full since before then say nothing. Not looked for before there can be one.</summary>
    private void Prune(TimeSpan then)
    {
        if (then < _firstFull) return;

        _firstFull = TimeSpan.MaxValue;
        foreach (var (network, full) in _networks)
        {
            if (full <= then) _networks.Remove(network);
            else if (full < _firstFull) _firstFull = full;
        }
    }

    private static TimeSpan CostOf(RateLimit limit) => limit.Window / limit.Count;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Of a limit below four a network may have one all the same.</summary>
    private static TimeSpan Longer(TimeSpan window, TimeSpan one) => window > one ? window : one;
}
