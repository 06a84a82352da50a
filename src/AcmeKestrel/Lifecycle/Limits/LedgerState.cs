using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>
/// What was spent of a CA's limits, and how the CA itself is doing: the content of a ledger record. A token bucket is one moment (the "theoretical arrival time"
/// of the cell rate algorithm): when it would be full again.
/// </summary>
internal sealed class LedgerState
{
    public Dictionary<string, DateTimeOffset> Buckets { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Debits that may still be credited, by what they were for: asking again for the same costs nothing more.</summary>
    public Dictionary<string, IReadOnlyList<string>> Reservations { get; init; } = new(StringComparer.Ordinal);

    public CircuitState? Circuit { get; set; }

    /// <summary>Null when all of it can be taken now.</summary>
    public LedgerRefusal? Refuses(IEnumerable<LedgerCost> costs, DateTimeOffset now)
    {
        LedgerRefusal? worst = null;
        foreach (var (bucket, limit) in costs)
        {
            // Emptier than empty: it was spent while the clock was ahead. A whole window is the most that can be owed.
            if (Buckets.TryGetValue(bucket, out var full) && full - now > limit.Window) Buckets[bucket] = now + limit.Window;

            var free = FreeAt(bucket, limit);
            if (free > now && (worst is null || free > worst.Until)) worst = new LedgerRefusal($"the CA's limit of {limit.Count} in {Describe(limit.Window)} is used up ({bucket.Replace('|', ' ')})", free);
        }

        return worst;
    }

    public void Debit(IEnumerable<LedgerCost> costs, DateTimeOffset now)
    {
        foreach (var (bucket, limit) in costs) Buckets[bucket] = Max(Buckets.GetValueOrDefault(bucket), now) + (limit.Window / limit.Count);
    }

    public void Credit(LedgerCost cost)
    {
        if (Buckets.TryGetValue(cost.Bucket, out var full)) Buckets[cost.Bucket] = full - (cost.Limit.Window / cost.Limit.Count);
    }

    /// <summary>Buckets that are full again say nothing.</summary>
    public void Prune(DateTimeOffset now)
    {
        foreach (var bucket in Buckets.Where(bucket => bucket.Value <= now).Select(bucket => bucket.Key).ToList()) Buckets.Remove(bucket);
    }

    private DateTimeOffset FreeAt(string bucket, RateLimit limit) =>
        Buckets.TryGetValue(bucket, out var full) ? full + (limit.Window / limit.Count) - limit.Window : DateTimeOffset.MinValue;

    private static string Describe(TimeSpan window) => window.TotalDays >= 1 ? $"{window.TotalDays:0.#} days" : $"{window.TotalHours:0.#} hours";

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}

/// <summary>A CA that does not answer well.</summary>
/// <param name="Faults">In a row.</param>
internal sealed record CircuitState(int Faults, DateTimeOffset OpenUntil, string Reason);
