using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Telemetry;

/// <summary>What is to be said of one wished certificate at one moment. Pure.</summary>
/// <param name="Ca">The provider that is wished.</param>
/// <param name="NotAfter">Null where there is no certificate.</param>
/// <param name="RenewalAt">When its renewal is due; null likewise.</param>
internal sealed record CertificateOutlook(string Label, string Ca, CertificateStanding Standing, DateTimeOffset? NotAfter, DateTimeOffset? RenewalAt)
{
    /// <summary>Renewals are never later than at 7/8 of the life: by then one has failed again and again.</summary>
    private const double Ending = 0.9;

    /// <summary>An attempt takes no longer than an hour, and of a short life no longer than it can afford.</summary>
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromHours(1);

    private static readonly TimeSpan ShortestAttempt = TimeSpan.FromMinutes(1);

    /// <summary>Why it stands so, where somebody said it.</summary>
    public string? Reason { get; private init; }

    public static CertificateOutlook Of(Wish wish, LabelFacts facts, RenewalPolicy policy, DateTimeOffset now)
    {
        var (certificate, schedule) = (facts.Certificate, facts.Schedule);
        DateTimeOffset? due = certificate is null ? null : RenewalTime.DueAt(certificate, schedule, policy);
        return new CertificateOutlook(wish.Label, wish.Provider, StandingOf(wish, facts, due, now), certificate?.NotAfter, due)
        {
            Reason = facts.Obstacle is { IsBrief: false } obstacle ? obstacle.Reason : schedule.Problem,
        };
    }

    /// <summary>The time that a renewal may take before it counts as late.</summary>
    public static TimeSpan Attempt(TimeSpan lifetime) => TimeSpan.FromTicks(Math.Clamp(lifetime.Ticks / 64, ShortestAttempt.Ticks, LongestAttempt.Ticks));

    private static CertificateStanding StandingOf(Wish wish, LabelFacts facts, DateTimeOffset? due, DateTimeOffset now)
    {
        var (certificate, schedule) = (facts.Certificate, facts.Schedule);
        if (certificate is null) return IsStuck(facts) ? CertificateStanding.Missing : CertificateStanding.Waiting;
        if (now >= certificate.NotAfter) return CertificateStanding.Expired;
        if (now >= certificate.NotBefore + (certificate.Lifetime * Ending)) return CertificateStanding.Ending;
        if (now >= due && (schedule.FailedAt >= due || now >= due + Attempt(certificate.Lifetime))) return CertificateStanding.Overdue;
        if (IsStuck(facts) && !wish.Required.All(name => certificate.Names.Contains(name.Value))) return CertificateStanding.Missing;

        return CertificateStanding.Good;
    }

    /// <summary>An attempt has failed, or something keeps one from being made.</summary>
    private static bool IsStuck(LabelFacts facts) => facts.Schedule.FailedAt is not null || facts.Obstacle is { IsBrief: false };
}
