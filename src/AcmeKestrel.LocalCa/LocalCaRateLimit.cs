namespace AcmeKestrel.LocalCa;

/// <summary>A token bucket: <paramref name="Count"/> at once, and one more each <paramref name="Window"/> / <paramref name="Count"/>.</summary>
/// <param name="Count">At least 1.</param>
/// <param name="Window">More than zero, 366 days at most; the time in which an empty bucket fills.</param>
/// <exception cref="ArgumentOutOfRangeException">A value is too small, or the window is too long.</exception>
public sealed record LocalCaRateLimit(int Count, TimeSpan Window)
{
    /// <summary>How many at once.</summary>
    public int Count { get; } = Count > 0 ? Count : throw new ArgumentOutOfRangeException(nameof(Count), Count, "A limit is at least 1.");

    /// <summary>The time in which an empty bucket fills. Its bounds keep what is owed within the calendar.</summary>
    public TimeSpan Window { get; } = Window.Ticks >= Count && Window <= TimeSpan.FromDays(366)
        ? Window
        : throw new ArgumentOutOfRangeException(nameof(Window), Window, "A window is longer than zero and at most 366 days.");

    internal TimeSpan Interval => new(Window.Ticks / Count);
}
