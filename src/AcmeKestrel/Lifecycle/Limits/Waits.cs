namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>Waits that are kept as the moment of their end.</summary>
internal static class Waits
{
    /// <summary>A CA's <c>Retry-After</c> counts for so long at most, which is the window of the longest limits.</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromDays(7);

    /// <summary>Whether it still lasts. One that ends further away than it was ever set was written while the clock was ahead: it is over, or a name would wait for years.</summary>
    public static bool Last(DateTimeOffset until, TimeSpan longest, DateTimeOffset now) => until > now && until - now <= longest;
}
