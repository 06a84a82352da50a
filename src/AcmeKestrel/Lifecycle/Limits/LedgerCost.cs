using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>One token of one bucket that a request will take.</summary>
/// <param name="Kept">So many tokens it leaves to others.</param>
internal readonly record struct LedgerCost(string Bucket, RateLimit Limit, int Kept = 0)
{
    /// <summary>All names of the account take it from the same bucket.</summary>
    public bool IsShared => Bucket.StartsWith("orders|", StringComparison.Ordinal) || Bucket is "first";

    /// <summary>How much of the bucket's time a token is.</summary>
    public TimeSpan Amount => Limit.Window / Limit.Count;
}
