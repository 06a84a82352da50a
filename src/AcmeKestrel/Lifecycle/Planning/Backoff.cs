using System.Diagnostics.CodeAnalysis;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>How long a name waits after a failure: 1 min, 10 min, 100 min, then daily (Let's Encrypt's advice), but never so long that its certificate ends meanwhile.</summary>
internal static class Backoff
{
    private static readonly TimeSpan[] Ladder = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(100), TimeSpan.FromDays(1)];

    private const double Spread = 0.1;

    /// <summary>The last rung; also how often something that waits for a human is looked at again.</summary>
    public static TimeSpan Longest => Ladder[^1];

    /// <summary>The rungs for a fault of the CA's side: an outage has an end, and a name that has no certificate must not wait for a day after it.</summary>
    private static int RungsOfAFault => Ladder.Length - 1;

    /// <summary>What no delay of the ladder exceeds.</summary>
    public static TimeSpan LongestDelay => Longest * (1 + Spread);

    /// <param name="failures">In a row, at least 1.</param>
    /// <param name="seed">Decides the jitter; the label.</param>
    /// <param name="served">Its remaining life caps the delay at an eighth (promise 10); an expired one no longer does.</param>
    /// <param name="retryAfter">The CA's wish, obeyed even where it is longer (promise 7).</param>
    public static TimeSpan Delay(int failures, string seed, CertificateFacts? served, TimeSpan? retryAfter, DateTimeOffset now)
    {
        var rung = Ladder[Math.Clamp(failures, 1, Ladder.Length) - 1];
        var delay = rung * (1 + (Spread * Jitter.Fraction($"{seed}#{Math.Min(failures, Ladder.Length)}")));

        if (CapOf(served, now) is { } cap && delay > cap) delay = cap;

        return retryAfter is { } asked ? Max(delay, asked) : delay;
    }

    /// <summary>After faults of the CA's side, which are no name's; a name without a usable certificate waits shortly at first.</summary>
    /// <param name="faults">In a row, at least 1.</param>
    /// <param name="seed">As above, and so are the others.</param>
    public static TimeSpan AfterFaults(int faults, string seed, CertificateFacts? served, TimeSpan? retryAfter, DateTimeOffset now)
    {
        if (IsUsable(served, now)) return Delay(Math.Min(faults, RungsOfAFault), seed, served, retryAfter, now);
        if (ShortPauses.After(faults - 1) is { } brief) return retryAfter > brief ? retryAfter.Value : brief;

        return Delay(Math.Min(faults - ShortPauses.Count, RungsOfAFault), seed, served, retryAfter, now);
    }

    public static bool IsUsable([NotNullWhen(true)] CertificateFacts? served, DateTimeOffset now) => served is not null && served.NotAfter > now;

    /// <summary>An eighth of what remains of the certificate (promise 10); null where nothing remains.</summary>
    public static TimeSpan? CapOf(CertificateFacts? served, DateTimeOffset now) =>
        IsUsable(served, now) ? Max((served.NotAfter - now) / 8, Floor(served.Lifetime)) : null;

    /// <summary>An eighth of almost nothing would hammer the CA; a one-hour certificate gets 30 s, all above two hours a minute.</summary>
    private static TimeSpan Floor(TimeSpan lifetime) => Min(TimeSpan.FromMinutes(1), Max(lifetime / 120, TimeSpan.FromSeconds(1)));

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
