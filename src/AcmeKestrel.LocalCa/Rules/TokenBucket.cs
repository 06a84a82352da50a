namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A token bucket as the one moment that describes it: when it is full again. A default one is full. Whole ticks, so that the promised moment is the right one.</summary>
internal readonly record struct TokenBucket(DateTimeOffset FullAt)
{
    /// <summary>How long until a token is there; zero = now.</summary>
    public TimeSpan Wait(LocalCaRateLimit limit, DateTimeOffset now)
    {
        var wait = Later(FullAt, now) + limit.Interval - (limit.Interval * limit.Count) - now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>One token fewer; what was not there is owed.</summary>
    public TokenBucket Take(LocalCaRateLimit limit, DateTimeOffset now) => new(Later(FullAt, now) + limit.Interval);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
