using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What is left of one of a CA's limits, in the bucket that is fullest: whose name or domain that is, is not said here, for there may be many.</summary>
/// <param name="Limit">Which: <c>accounts</c>, <c>orders</c>, <c>failed</c>, <c>set</c>, <c>domain</c>.</param>
/// <param name="Left">Tokens, rounded down.</param>
/// <param name="Count">Tokens of an untouched bucket.</param>
internal readonly record struct LedgerRoom(string Limit, int Left, int Count)
{
    private static readonly string[] Limits = ["accounts", "orders", "failed", "set", "domain"];

    /// <summary>All limits that are counted, in one pass over the buckets. Pure.</summary>
    public static IReadOnlyList<LedgerRoom> Of(LedgerState state, ProviderLimits limits, DateTimeOffset now)
    {
        var fullest = Limits.ToDictionary(name => name, _ => now, StringComparer.Ordinal);
        var byName = fullest.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (bucket, full) in state.Buckets)
        {
            var name = bucket.AsSpan(0, bucket.IndexOf('|', StringComparison.Ordinal) is >= 0 and var end ? end : bucket.Length);
            if (byName.TryGetValue(name, out var most) && full > most) byName[name] = full;
        }

        return [.. LimitsOf(limits).Select(limit => new LedgerRoom(limit.Name, LeftOf(limit.Limit, fullest[limit.Name] - now), limit.Limit.Count))];
    }

    /// <summary>The same by themselves, whatever is left of them.</summary>
    public static IEnumerable<(string Name, RateLimit Limit)> LimitsOf(ProviderLimits limits) =>
        from name in Limits
        let limit = LedgerCosts.LimitOf(limits, name)
        where limit is not null
        select (name, limit);

    private static int LeftOf(RateLimit limit, TimeSpan owed) => Math.Clamp((int)Math.Floor((limit.Window - owed) * limit.Count / limit.Window), 0, limit.Count);
}
