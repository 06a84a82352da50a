using System.Globalization;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Telemetry;

/// <summary>What a load balancer or an operator is told. Pure.</summary>
internal sealed record HealthVerdict(HealthStatus Status, string Description, IReadOnlyDictionary<CertificateStanding, int> Counts)
{
    /// <summary>Certificates that are named; a thousand names are no description.</summary>
    private const int Named = 10;

    /// <param name="doubt">Why the state may not outlive a restart, where a public CA's limits are spent for it.</param>
    /// <param name="unreachable">Why no visitor is shown any certificate of ours.</param>
    /// <param name="problems">Entries that could not become wishes.</param>
    /// <param name="trouble">Why the state can be neither written nor followed.</param>
    /// <param name="onDemand">Why nobody can say which new names may have a certificate on demand.</param>
    public static HealthVerdict Of(IEnumerable<CertificateOutlook> outlooks, string? doubt, string? unreachable, int problems = 0, string? trouble = null, string? onDemand = null)
    {
        var (counts, status) = (new Dictionary<CertificateStanding, int>(), HealthStatus.Healthy);
        var worst = new PriorityQueue<CertificateOutlook, (CertificateStanding, string)>(Comparer<(CertificateStanding Standing, string Label)>.Create(LeastFirst));
        foreach (var outlook in outlooks)
        {
            counts[outlook.Standing] = counts.GetValueOrDefault(outlook.Standing) + 1;
            if (StatusOf(outlook) is var one && one is HealthStatus.Healthy) continue;

            status = Worse(status, one);
            worst.Enqueue(outlook, (outlook.Standing, outlook.Label));
            if (worst.Count > Named) worst.Dequeue();
        }

        if (doubt is not null) status = HealthStatus.Unhealthy;
        if (unreachable is not null || problems > 0 || trouble is not null || onDemand is not null) status = Worse(status, HealthStatus.Degraded);
        var parts = new List<string>();
        if (doubt is not null) parts.Add($"{doubt}: after a restart everything would be ordered anew, against the CA's limits");
        if (trouble is not null) parts.Add($"nothing is ordered: {trouble}");
        if (unreachable is not null) parts.Add($"no visitor is shown a certificate: {unreachable}");
        if (onDemand is not null) parts.Add($"no new name gets a certificate on demand: {onDemand}");
        if (problems > 0) parts.Add($"entries that are no wishes: {problems}, see the log or the status");
        return new HealthVerdict(status, Describe(counts, worst, parts), counts);
    }

    public static HealthStatus StatusOf(CertificateStanding standing) => standing switch
    {
        CertificateStanding.Good or CertificateStanding.Waiting => HealthStatus.Healthy,
        CertificateStanding.Missing or CertificateStanding.Overdue or CertificateStanding.Revoking => HealthStatus.Degraded,
        _ => HealthStatus.Unhealthy,
    };

    /// <summary>One former customer of many takes no machine out.</summary>
    private static HealthStatus StatusOf(CertificateOutlook outlook) =>
        StatusOf(outlook.Standing) is var status && outlook.IsOnDemand && status is HealthStatus.Unhealthy ? HealthStatus.Degraded : status;

    private static HealthStatus Worse(HealthStatus one, HealthStatus other) => one < other ? one : other;

    private static string Describe(Dictionary<CertificateStanding, int> counts, PriorityQueue<CertificateOutlook, (CertificateStanding, string)> worst, List<string> parts)
    {
        var (all, bad) = (counts.Values.Sum(), counts.Where(count => StatusOf(count.Key) is not HealthStatus.Healthy).Sum(count => count.Value));
        var named = new Stack<string>();
        while (worst.TryDequeue(out var outlook, out _)) named.Push(Describe(outlook));
        parts.AddRange(named);
        if (bad > named.Count) parts.Add($"and {bad - named.Count} more");
        return parts.Count == 0 ? $"{all} certificates" : $"{all - bad} of {all} certificates are good; {string.Join("; ", parts)}";
    }

    private static string Describe(CertificateOutlook outlook)
    {
        var reason = outlook.Reason is { } said ? $" ({said})" : "";
        return outlook.Standing switch
        {
            CertificateStanding.Missing => $"{outlook.Label} has none for all its names{reason}",
            CertificateStanding.Overdue => string.Create(CultureInfo.InvariantCulture, $"{outlook.Label} was due for renewal {outlook.RenewalAt:u}{reason}"),
            CertificateStanding.Revoking or CertificateStanding.Revoked => string.Create(CultureInfo.InvariantCulture, $"{outlook.Label} {RevocationOf(outlook)}{reason}"),
            CertificateStanding.Ending => string.Create(CultureInfo.InvariantCulture, $"{outlook.Label} ends {outlook.NotAfter:u}{reason}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{outlook.Label} ended {outlook.NotAfter:u}{reason}"),
        };
    }

    private static string RevocationOf(CertificateOutlook outlook)
    {
        if (outlook.Revocation is not { } revocation) return "is revoked";

        var since = string.Create(CultureInfo.InvariantCulture, $"({Revocation.Word(revocation.Reason)}, {revocation.Since:u})");
        return outlook.Stage switch
        {
            RevocationStage.Revoked => $"is revoked {since}, and nothing has its place",
            RevocationStage.Replacing => $"is to be revoked {since}, and nothing has its place",
            _ => $"was replaced, and is not revoked yet {since}",
        };
    }

    /// <summary>The best of the bad goes first, and of those that stand alike the last by name.</summary>
    private static int LeastFirst((CertificateStanding Standing, string Label) one, (CertificateStanding Standing, string Label) other)
    {
        var byStanding = one.Standing.CompareTo(other.Standing);
        return byStanding != 0 ? byStanding : string.CompareOrdinal(other.Label, one.Label);
    }
}
