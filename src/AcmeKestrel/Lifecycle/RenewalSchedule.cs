using AcmeKestrel.Configuration;

namespace AcmeKestrel.Lifecycle;

/// <summary>When a certificate is due for renewal: the one place that knows.</summary>
internal static class RenewalSchedule
{
    /// <summary>Below this lifetime the short fraction counts (the CAs' advice, RFC 9773 being silent on it).</summary>
    private static readonly TimeSpan Short = TimeSpan.FromDays(10);

    /// <summary>Names fall due up to this part of the way earlier, never later: a thousand names issued in one hour are not renewed in one hour.</summary>
    private const double Spread = 0.03;

    public static DateTimeOffset DueAt(ServedCertificate served, RenewalPolicy policy)
    {
        var fraction = served.Lifetime < Short ? policy.ShortFraction : policy.Fraction;
        var early = 1 - (Spread * Jitter.Fraction($"{served.Label}@{served.Generation}"));
        return served.NotBefore + (served.Lifetime * (fraction * early));
    }

    /// <summary>So close to the end that a certificate without its failing names is better than none.</summary>
    public static bool IsNearExpiry(ServedCertificate served, DateTimeOffset now) => served.NotAfter - now < served.Lifetime / 10;
}
