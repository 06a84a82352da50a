using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning.Revocations;

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

    /// <summary>What is to be revoked, or is; null: nothing.</summary>
    public Revocation? Revocation { get; private init; }

    /// <summary>Where that stands.</summary>
    public RevocationStage? Stage { get; private init; }

    /// <summary>A visitor brought the name: its customer may have left, and taken the name elsewhere.</summary>
    public bool IsOnDemand { get; private init; }

    public static CertificateOutlook Of(Wish wish, LabelFacts facts, RenewalPolicy policy, DateTimeOffset now)
    {
        var (certificate, schedule) = (facts.Certificate, facts.Schedule);
        DateTimeOffset? due = certificate is null ? null : RenewalTime.DueAt(certificate, schedule, policy);
        var stage = facts.Revocation?.StageOf(certificate, isWished: true);
        return new CertificateOutlook(wish.Label, wish.Provider, StandingOf(wish, facts, stage, due, now), certificate?.NotAfter, due)
        {
            Reason = stage is RevocationStage.Asking ? facts.Revocation!.Problem : facts.Obstacle is { IsBrief: false } obstacle ? obstacle.Reason : schedule.Problem,
            Revocation = facts.Revocation,
            Stage = stage,
            IsOnDemand = wish.VisitedAt is not null,
        };
    }

    /// <summary>The time that a renewal may take before it counts as late.</summary>
    public static TimeSpan Attempt(TimeSpan lifetime) => TimeSpan.FromTicks(Math.Clamp(lifetime.Ticks / 64, ShortestAttempt.Ticks, LongestAttempt.Ticks));

    private static CertificateStanding StandingOf(Wish wish, LabelFacts facts, RevocationStage? stage, DateTimeOffset? due, DateTimeOffset now)
    {
        var (certificate, schedule) = (facts.Certificate, facts.Schedule);
        if (certificate is null) return IsStuck(facts) ? CertificateStanding.Missing : CertificateStanding.Waiting;
        if (facts.Obstacle is { Kind: ObstacleKind.NotVisited }) return CertificateStanding.Good;
        if (now >= certificate.NotAfter) return CertificateStanding.Expired;

        // Visitors who look refuse it; a replacement that does not come in time is as bad as an end.
        var isLate = facts.Revocation is { Since: var since } && IsLate(since, Attempt(certificate.Lifetime), now);
        if (stage is RevocationStage.Revoked && isLate) return CertificateStanding.Revoked;
        if (now >= certificate.NotBefore + (certificate.Lifetime * Ending)) return CertificateStanding.Ending;
        if (IsRevoking(facts, stage, isLate)) return CertificateStanding.Revoking;
        if (now >= due && (schedule.FailedAt >= due || now >= due + Attempt(certificate.Lifetime))) return CertificateStanding.Overdue;
        if (IsStuck(facts) && !wish.Required.All(name => certificate.Names.Contains(name.Value))) return CertificateStanding.Missing;

        return CertificateStanding.Good;
    }

    /// <summary>A replacement that was asked for is given the time that a renewal has; what is revoked already stands badly at once.</summary>
    private static bool IsRevoking(LabelFacts facts, RevocationStage? stage, bool isLate) => stage switch
    {
        RevocationStage.Revoked => true,
        RevocationStage.Replacing => isLate || facts.Schedule.FailedAt >= facts.Revocation!.Since || facts.Obstacle is { IsBrief: false },
        RevocationStage.Asking => isLate || facts.Revocation!.Problem is not null,
        _ => false,
    };

    /// <summary>One that was written while the clock was ahead is late at once: nobody knows better.</summary>
    private static bool IsLate(DateTimeOffset since, TimeSpan attempt, DateTimeOffset now) => !Waits.Last(since + attempt, attempt, now);

    /// <summary>An attempt has failed, or something keeps one from being made.</summary>
    private static bool IsStuck(LabelFacts facts) => facts.Schedule.FailedAt is not null || facts.Obstacle is { IsBrief: false };
}
