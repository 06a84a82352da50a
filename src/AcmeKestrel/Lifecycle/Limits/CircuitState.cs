using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>A CA that does not answer well: nobody asks it until the pause is over, then one name probes. Kept with the ledger. Pure.</summary>
/// <param name="Faults">In a row, those aside that only a short pause followed.</param>
internal sealed record CircuitState(int Faults, DateTimeOffset OpenUntil, [property: JsonRequired] string Reason)
{
    /// <summary>Requests that were under way together fail within this.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>Those that were made in this outage.</summary>
    public int ShortPauses { get; init; }

    /// <summary>When the CA failed last; null in records of an earlier version.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>The CA asked to be left alone for so long: that binds everybody.</summary>
    public bool IsAsked { get; init; }

    /// <summary>Until when a name does not ask.</summary>
    /// <param name="cap">The longest that it may wait; null: as long as the others.</param>
    public DateTimeOffset OpenUntilFor(TimeSpan? cap) => !IsAsked && FailedAt + cap is { } sooner && sooner < OpenUntil ? sooner : OpenUntil;

    /// <summary>The name does not ask; else one may.</summary>
    /// <param name="cap">As above.</param>
    public bool IsOpen(DateTimeOffset now, TimeSpan? cap = null) => IsAsked
        ? Waits.Last(OpenUntil, Waits.LongestAsked + AnotherClock.Jitter, now)
        : !AnotherClock.Noted(FailedAt, now, AnotherClock.Jitter) && Waits.Last(OpenUntilFor(cap), LongestPause + AnotherClock.Jitter, now);

    /// <summary>The clock was set back: how much is over of what the CA asked for nobody knows, so it begins anew. A pause of our own is over then.</summary>
    public CircuitState Corrected(DateTimeOffset now) => IsAsked && FailedAt is { } failed && AnotherClock.Noted(failed, now) ? this with { OpenUntil = now + (OpenUntil - failed), FailedAt = now } : this;

    /// <summary>The CA failed. Requests that were under way together fail together: they are one fault.</summary>
    /// <param name="retryAfter">Obeyed, unless it is meant for one name.</param>
    /// <param name="cap">The longest that the asking name may wait, where the CA does not ask for more.</param>
    /// <param name="isUrgent">The asking name has no usable certificate, and the CA does not ask to be left alone.</param>
    public static CircuitState AfterFault(CircuitState? known, string reason, TimeSpan? retryAfter, TimeSpan? cap, bool isUrgent, DateTimeOffset now)
    {
        if (known is { } open && open.IsOpen(now))
        {
            if (retryAfter is { } longer && now + longer > open.OpenUntil) return open with { OpenUntil = now + longer, FailedAt = now, IsAsked = true };

            // Whoever had not the time to wait found it failing still.
            return now - open.FailedAt < AtOnce ? open : open with { FailedAt = now };
        }

        if (known is null or { Faults: 0 } && isUrgent && Limits.ShortPauses.After(known?.ShortPauses ?? 0) is { } brief)
        {
            return new CircuitState(0, now + (retryAfter > brief ? retryAfter.Value : brief), reason) { ShortPauses = (known?.ShortPauses ?? 0) + 1, FailedAt = now, IsAsked = retryAfter > brief };
        }

        var faults = Math.Min((known?.Faults ?? 0) + 1, 30);
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(faults - 1, 10)));
        if (pause > cap) pause = cap.Value;
        return new CircuitState(faults, now + (retryAfter > pause ? retryAfter.Value : pause), reason) { ShortPauses = known?.ShortPauses ?? 0, FailedAt = now, IsAsked = retryAfter > pause };
    }
}
