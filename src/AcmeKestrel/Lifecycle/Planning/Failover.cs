using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>When another CA than the wished one may be asked: after repeated failures of its side, or where a certificate comes close to its end. Pure.</summary>
internal static class Failover
{
    /// <summary>Faults in a row of a CA, a few minutes apart: a hiccup moves nobody.</summary>
    private const int RepeatedFaults = 3;

    /// <summary>Orders in a row that it refused, whatever the names' validation would have said.</summary>
    public const int EnoughRefusals = 2;

    /// <summary>So long an order that may have been issued is waited for where there is no certificate at all.</summary>
    private static readonly TimeSpan LongIssuance = TimeSpan.FromHours(6);

    /// <summary>So long it is where the certificate comes close to its end.</summary>
    private static readonly TimeSpan BriefIssuance = TimeSpan.FromMinutes(15);

    /// <summary>A name without a certificate waits so long for a limit, and no longer.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromHours(1);

    /// <summary>So long a CA whose order was left is not asked for the same name.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>The CAs in the order in which they are asked: after repeated refusals, and near the end after each failure, it is the turn of the next one.</summary>
    public static IReadOnlyList<Candidate> Order(IReadOnlyList<Candidate> candidates, Schedule schedule, CertificateFacts? certificate, DateTimeOffset now)
    {
        if (candidates.Count < 2) return candidates;

        var refusals = schedule.Refusals / EnoughRefusals;
        var turns = IsLate(certificate, now) ? Math.Max(schedule.Failures, refusals) : refusals;
        var first = turns % candidates.Count;
        return first == 0 ? candidates : [.. candidates.Skip(first), .. candidates.Take(first)];
    }

    /// <summary>What stands in the way at the wished CA is reason enough to ask the next one.</summary>
    public static bool MayPass(Candidate at, Obstacle obstacle, CertificateFacts? certificate, DateTimeOffset now)
    {
        if (at.Ledger.Circuit is { Faults: >= RepeatedFaults } circuit && circuit.IsOpen(now, Backoff.CapOf(certificate, now))) return true;
        if (obstacle.Kind is ObstacleKind.AccountBusy or ObstacleKind.CaAtWork) return false;
        if (IsLate(certificate, now)) return true;

        return obstacle.Kind switch
        {
            ObstacleKind.ProbeUnderWay => at.Ledger.Circuit?.Faults >= RepeatedFaults,
            ObstacleKind.AccountUnusable or ObstacleKind.SettingUnusable => certificate is null,
            ObstacleKind.CaTooSlow => true,
            ObstacleKind.LimitReached or ObstacleKind.RetryAfter => certificate is null && obstacle.Until - now > LongWait,
            _ => false,
        };
    }

    /// <summary>An order that may have been issued is given up for another CA: there is no time to wait for it, or it took too long.</summary>
    public static bool MayLeaveIssued(OpenOrder order, CertificateFacts? certificate, DateTimeOffset now) => certificate is null ? now - order.BegunAt > LongIssuance : IsLate(certificate, now);

    /// <summary>Also where nothing is wrong but that it takes so long: near the end a CA has a quarter of an hour for it.</summary>
    public static bool MayLeaveAtWork(OpenOrder order, CertificateFacts? certificate, DateTimeOffset now) =>
        order.IsCommitted && MayLeaveIssued(order, certificate, now) && (certificate is null || now - (order.FinalizedAt ?? order.BegunAt) > BriefIssuance);

    /// <summary>When that is too long.</summary>
    public static DateTimeOffset LeftAt(OpenOrder order, CertificateFacts? certificate) =>
        (certificate is null ? order.BegunAt + LongIssuance : (order.FinalizedAt ?? order.BegunAt) + BriefIssuance) + TimeSpan.FromSeconds(1);

    /// <summary>How long a CA whose order was left for another one is not asked: an hour, or an eighth of what is left.</summary>
    public static TimeSpan PauseAfterLeaving(CertificateFacts? certificate, DateTimeOffset now) => Backoff.CapOf(certificate, now) is { } cap && cap < LongestPause ? cap : LongestPause;

    /// <summary>From when on any obstacle is reason enough; null: there is no certificate, or it is late already.</summary>
    public static DateTimeOffset? LateAt(CertificateFacts? certificate, DateTimeOffset now) =>
        certificate is null || IsLate(certificate, now) ? null : certificate.NotAfter - (certificate.Lifetime / 10) + TimeSpan.FromSeconds(1);

    public static bool IsLate(CertificateFacts? certificate, DateTimeOffset now) => certificate is not null && RenewalTime.IsNearExpiry(certificate, now);
}
