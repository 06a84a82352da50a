namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>A moment that lies later than now was noted by another clock: this machine's was ahead then, or is set back now. What was counted from it says nothing. Pure.</summary>
internal static class AnotherClock
{
    /// <summary>Those who look at the same time do not look in the order in which they read the clock. A label's own moments are noted and read one after the other, and need none.</summary>
    public static readonly TimeSpan Jitter = TimeSpan.FromSeconds(1);

    /// <param name="tolerance">Where many share it: <see cref="Jitter"/>.</param>
    public static bool Noted(DateTimeOffset? moment, DateTimeOffset now, TimeSpan tolerance = default) => moment - now > tolerance;
}
