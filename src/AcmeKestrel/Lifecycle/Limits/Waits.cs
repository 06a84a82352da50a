namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>Waits that are kept as the moment of their end.</summary>
internal static class Waits
{
    /// <summary>A CA's <c>Retry-After</c> counts for so long at most, which is the window of the longest limits.</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromDays(7);

    /// <summary>A wait that was set by another clock, which was ahead: how much of it is over nobody knows, so it begins anew, with its own length. Null: it was not.</summary>
    /// <param name="askedAt">When it was set; null: an earlier version has not kept it.</param>
    public static DateTimeOffset? Anew(DateTimeOffset? until, DateTimeOffset? askedAt, DateTimeOffset now) =>
        until is { } end && askedAt is { } asked && AnotherClock.Noted(asked, now) ? now + (end - asked) : null;

    /// <summary>Whether it still lasts. One that ends further away than it was ever set was written while the clock was ahead: it is over, or a name would wait for years.</summary>
    public static bool Last(DateTimeOffset until, TimeSpan longest, DateTimeOffset now) => until > now && until - now <= longest;
}
