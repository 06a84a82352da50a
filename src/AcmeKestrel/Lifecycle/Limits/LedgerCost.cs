using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>One token of one bucket that a request will take.</summary>
internal readonly record struct LedgerCost(string Bucket, RateLimit Limit)
{
    /// <summary>How much of the bucket's time a token is.</summary>
    public TimeSpan Amount => Limit.Window / Limit.Count;
}
