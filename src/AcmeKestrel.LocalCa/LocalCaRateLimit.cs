namespace AcmeKestrel.LocalCa;

/// <summary>A token bucket: <see cref="Count"/> at once, and one more each <see cref="Window"/> / <see cref="Count"/>.</summary>
public sealed record LocalCaRateLimit
{
    /// <summary>A full bucket.</summary>
    /// <param name="count">At least 1.</param>
    /// <param name="window">More than zero, 366 days at most; the time in which an empty bucket fills.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is too small, or the window is too long.</exception>
    public LocalCaRateLimit(int count, TimeSpan window)
    {
        Count = count > 0 ? count : throw new ArgumentOutOfRangeException(nameof(count), count, "A limit is at least 1.");
        Window = window.Ticks >= count && window <= TimeSpan.FromDays(366)
            ? window
            : throw new ArgumentOutOfRangeException(nameof(window), window, "A window is longer than zero and at most 366 days.");
    }

    /// <summary>How many at once.</summary>
    public int Count { get; }

    /// <summary>The time in which an empty bucket fills. Its bounds keep what is owed within the calendar.</summary>
    public TimeSpan Window { get; }

    internal TimeSpan Interval => new(Window.Ticks / Count);
}
