using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning.Revocations;

/// <summary>Whether an earlier certificate of a label can be served again. Pure.</summary>
internal static class RollBack
{
    /// <summary>Why not; null where it can. One that is due for renewal can: it is renewed then, as any other one is.</summary>
    /// <param name="earlier">The stored one.</param>
    /// <param name="schedule">As it would be with that certificate.</param>
    /// <param name="now">The present moment.</param>
    public static string? FaultOf(Situation situation, Wish wish, CertificateFacts earlier, Schedule schedule, DateTimeOffset now)
    {
        if (now >= earlier.NotAfter) return "it has expired";
        if (schedule.Revoked.Concat((situation.Revocation?.Generations ?? []).Select(CertificateOf)).Contains(CertificateOf(earlier.Generation))) return "it is revoked";

        return NeedOf(situation, wish, earlier, schedule, now) is { } need && !IsRenewal(need) ? need.Text.Replace("the present certificate", "it", StringComparison.Ordinal) : null;
    }

    /// <summary>It would be renewed at once.</summary>
    public static bool IsRenewalDue(Situation situation, Wish wish, CertificateFacts earlier, Schedule schedule, DateTimeOffset now) =>
        NeedOf(situation, wish, earlier, schedule, now) is { } need && IsRenewal(need);

    /// <summary>The schedule with that certificate: names that may be left out and that it does not have are asked for at its renewal.</summary>
    public static Schedule ScheduleWith(Schedule schedule, Wish wish, CertificateFacts earlier) =>
        schedule with { LeftOut = [.. wish.Optional.Select(name => name.Value).Where(name => !earlier.Names.Contains(name))], Renewal = null };

    /// <summary>What a generation and its copies have in common: the order that it came from.</summary>
    public static string CertificateOf(string generation) => generation[(generation.LastIndexOf('-') + 1)..];

    private static IssueReason? NeedOf(Situation situation, Wish wish, CertificateFacts earlier, Schedule schedule, DateTimeOffset now) =>
        CertificateNeed.Of(wish, situation.Candidates, earlier, schedule, situation.Renewal, now);

    private static bool IsRenewal(IssueReason need) => need.Kind is IssueReasonKind.RenewalDue or IssueReasonKind.RenewalHurried;
}
