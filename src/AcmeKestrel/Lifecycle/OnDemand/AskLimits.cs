using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>How many names strangers may have asked for: token buckets, one for all and one for each network, which has no more than a quarter of it. Bounded, since anyone may come from anywhere.</summary>
internal sealed class AskLimits(TimeProvider time)
{
    private const int MaxNetworks = 4096;
    private const int Share = 4;

    private readonly Lock _gate = new();

    /// <summary>When each bucket is full again.</summary>
    private readonly Dictionary<string, TimeSpan> _networks = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _all;

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

            if (_networks.Count >= MaxNetworks && !_networks.ContainsKey(network)) Prune(now);
            _all = Later(_all, now) + CostOf(limit);
            if (_networks.Count < MaxNetworks || _networks.ContainsKey(network)) _networks[network] = Later(_networks.GetValueOrDefault(network), now) + (CostOf(limit) * Share);
            return true;
        }
    }

    private bool HasRoom(RateLimit limit, string network, TimeSpan now) =>
        Later(_all, now) + CostOf(limit) <= now + limit.Window && Later(_networks.GetValueOrDefault(network), now) + (CostOf(limit) * Share) <= now + Longer(limit.Window, CostOf(limit) * Share);

    /// <summary>Full ones say nothing.</summary>
    private void Prune(TimeSpan now)
    {
        foreach (var (network, full) in _networks)
        {
            if (full <= now) _networks.Remove(network);
        }
    }

    private static TimeSpan CostOf(RateLimit limit) => limit.Window / limit.Count;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Of a limit below four a network may have one all the same.</summary>
    private static TimeSpan Longer(TimeSpan window, TimeSpan one) => window > one ? window : one;
}
