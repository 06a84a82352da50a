using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>When another CA than the wished one may be asked: after repeated failures of its side, or where a certificate comes close to its end. Pure.</summary>
internal static class Failover
{
    /// <summary>Faults in a row of a CA, a few minutes apart: a hiccup moves nobody.</summary>
    private const int RepeatedFaults = 3;

    /// <summary>Orders in a row that it refused, whatever the names' validation would have said.</summary>
    private const int RepeatedRefusals = 2;

    /// <summary>A name without a certificate waits so long for a limit, and no longer.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromHours(1);

    /// <summary>The CAs in the order in which they are asked: after repeated refusals, and near the end after each failure, it is the turn of the next one.</summary>
    public static IReadOnlyList<Candidate> Order(IReadOnlyList<Candidate> candidates, Schedule schedule, CertificateFacts? certificate, DateTimeOffset now)
    {
        if (candidates.Count < 2) return candidates;

        var turns = IsLate(certificate, now) ? schedule.Failures : schedule.Refusals / RepeatedRefusals;
        var first = turns % candidates.Count;
        return first == 0 ? candidates : [.. candidates.Skip(first), .. candidates.Take(first)];
    }

    /// <summary>What stands in the way at the wished CA is reason enough to ask the next one.</summary>
    public static bool MayPass(Candidate at, Obstacle obstacle, CertificateFacts? certificate, DateTimeOffset now) => obstacle.Kind switch
    {
        ObstacleKind.AccountBusy or ObstacleKind.CaAtWork => false,
        _ when IsLate(certificate, now) => true,
        ObstacleKind.ProviderPaused or ObstacleKind.ProbeUnderWay => at.Ledger.Circuit?.Faults >= RepeatedFaults,
        ObstacleKind.AccountUnusable or ObstacleKind.SettingUnusable => certificate is null,
        ObstacleKind.LimitReached or ObstacleKind.RetryAfter => certificate is null && obstacle.Until - now > LongWait,
        _ => false,
    };

    /// <summary>From when on any obstacle is reason enough; null: there is no certificate, or it is late already.</summary>
    public static DateTimeOffset? LateAt(CertificateFacts? certificate, DateTimeOffset now) =>
        certificate is null || IsLate(certificate, now) ? null : certificate.NotAfter - (certificate.Lifetime / 10) + TimeSpan.FromSeconds(1);

    public static bool IsLate(CertificateFacts? certificate, DateTimeOffset now) => certificate is not null && RenewalTime.IsNearExpiry(certificate, now);
}
