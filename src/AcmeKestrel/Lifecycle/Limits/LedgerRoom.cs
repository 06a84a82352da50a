using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What is left of one of a CA's limits, in the bucket that is fullest: whose name or domain that is, is not said here, for there may be many.</summary>
/// <param name="Limit">Which: <c>accounts</c>, <c>orders</c>, <c>failed</c>, <c>set</c>, <c>domain</c>.</param>
/// <param name="Left">Tokens, rounded down.</param>
/// <param name="Count">Tokens of an untouched bucket.</param>
internal readonly record struct LedgerRoom(string Limit, int Left, int Count)
{
    private static readonly string[] Limits = ["accounts", "orders", "failed", "set", "domain"];

    /// <summary>All limits that are counted. Pure.</summary>
    public static IReadOnlyList<LedgerRoom> Of(LedgerState state, ProviderLimits limits, DateTimeOffset now) =>
        [.. LimitsOf(limits).Select(limit => new LedgerRoom(limit.Name, LeftOf(limit.Limit, Owed(state, limit.Name, now)), limit.Limit.Count))];

    /// <summary>The same by themselves, whatever is left of them.</summary>
    public static IEnumerable<(string Name, RateLimit Limit)> LimitsOf(ProviderLimits limits) =>
        from name in Limits
        let limit = LedgerCosts.LimitOf(limits, name)
        where limit is not null
        select (name, limit);

    private static int LeftOf(RateLimit limit, TimeSpan owed) => Math.Clamp((int)Math.Floor((limit.Window - owed) * limit.Count / limit.Window), 0, limit.Count);

    /// <summary>Until the fullest bucket of the limit is empty again.</summary>
    private static TimeSpan Owed(LedgerState state, string name, DateTimeOffset now) =>
        state.Buckets.Where(bucket => IsOf(bucket.Key, name) && bucket.Value > now).Select(bucket => bucket.Value - now).DefaultIfEmpty().Max();

    private static bool IsOf(string bucket, string name) => bucket.StartsWith(name, StringComparison.Ordinal) && (bucket.Length == name.Length || bucket[name.Length] == '|');
}
