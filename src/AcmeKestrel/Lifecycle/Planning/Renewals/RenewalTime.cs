using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Lifecycle.Planning.Renewals;

/// <summary>When a certificate is due for renewal: the one place that knows. A CA's window leads, between two bounds: never so late that the certificate might end, and never so early again and again that it becomes a loop.</summary>
internal static class RenewalTime
{
    /// <summary>Below this lifetime the short fraction counts (the CAs' advice, RFC 9773 being silent on it).</summary>
    private static readonly TimeSpan Short = TimeSpan.FromDays(10);

    /// <summary>Names fall due up to this part of the way earlier, never later: a thousand names issued in one hour are not renewed in one hour.</summary>
    private const double Spread = 0.03;

    /// <summary>No window moves a renewal behind this part of the lifetime.</summary>
    private const double Latest = 7 / 8.0;

    /// <summary>How far on the way to its own due time a certificate must be before a window counts, by early renewals in a row: the first one is believed at once.</summary>
    private static readonly double[] Believed = [0, 1 / 8.0, 1 / 4.0, 1 / 2.0];

    private static readonly TimeSpan WithoutOne = TimeSpan.FromDays(7);

    /// <summary>Longer than any life.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(3650);

    /// <summary>A renewal before this part of the way is early.</summary>
    private const double Early = 1 / 2.0;

    /// <summary>A certificate that came this far makes up for an early one. With less, windows that are early and on time by turns would get more than three times the usual orders.</summary>
    private const double OnTime = 3 / 4.0;

    public static DateTimeOffset DueAt(CertificateFacts served, Schedule schedule, RenewalPolicy policy)
    {
        if (Window(served, schedule, policy) is not { Pick: var pick }) return OwnDueAt(served, policy);

        var believed = Believed[Math.Clamp(schedule.EarlyRenewals, 0, Believed.Length - 1)];
        var earliest = believed > 0 ? served.NotBefore + ((OwnDueAt(served, policy) - served.NotBefore) * believed) : served.NotBefore;
        var latest = At(served, Latest);
        return pick < earliest ? earliest : pick > latest ? latest : pick;
    }

    /// <summary>The window that counts, or null where there is none.</summary>
    public static RenewalWindow? Window(CertificateFacts served, Schedule schedule, RenewalPolicy policy) => policy.Ari ? RenewalHints.Of(served, schedule)?.Window : null;

    /// <summary>The certificate is due sooner than without the CA's window.</summary>
    public static bool IsHurried(CertificateFacts served, Schedule schedule, RenewalPolicy policy) => DueAt(served, schedule, policy) < At(served, Fraction(served, policy) * (1 - (2 * Spread)));

    /// <summary>The count of early renewals once the one that is due now has come.</summary>
    public static int EarlyRenewalsAfter(CertificateFacts served, Schedule schedule, RenewalPolicy policy, DateTimeOffset now)
    {
        var way = (now - served.NotBefore) / (OwnDueAt(served, policy) - served.NotBefore);
        if (way < Early) return Math.Min(schedule.EarlyRenewals + 1, Believed.Length - 1);
        return way < OnTime ? schedule.EarlyRenewals : Math.Max(schedule.EarlyRenewals - 1, 0);
    }

    /// <summary>So close to the end that a certificate without its failing names is better than none.</summary>
    public static bool IsNearExpiry(CertificateFacts served, DateTimeOffset now) => served.NotAfter - now < served.Lifetime / 10;

    /// <summary>Past the last moment at which it is renewed at all: from here on something delays it.</summary>
    public static bool IsPressing(CertificateFacts? served, DateTimeOffset now) => served is not null && now >= PressingAt(served);

    public static DateTimeOffset PressingAt(CertificateFacts served) => served.NotBefore + (served.Lifetime * Latest);

    /// <summary>
    /// Who is first where many wait for the same: whose certificate ends first; a name without one as if it had a week. Certificates close to their end are before all others: a part of what is waited for is kept for
    /// them, which they could not reach behind those.
    /// </summary>
    public static DateTimeOffset RankOf(CertificateFacts? served, DateTimeOffset now) => served is null ? now + WithoutOne : IsPressing(served, now) ? served.NotAfter - Ahead : served.NotAfter;

    private static DateTimeOffset OwnDueAt(CertificateFacts served, RenewalPolicy policy) => At(served, Fraction(served, policy));

    private static double Fraction(CertificateFacts served, RenewalPolicy policy) => served.Lifetime < Short ? policy.ShortFraction : policy.Fraction;

    private static DateTimeOffset At(CertificateFacts served, double fraction)
    {
        var early = 1 - (Spread * Jitter.Fraction($"{served.Label}@{served.Generation}"));
        return served.NotBefore + (served.Lifetime * (fraction * early));
    }
}
