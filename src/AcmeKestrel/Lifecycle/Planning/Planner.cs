using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Decides what a wish needs. Pure: no clock, no I/O, no state.</summary>
internal static class Planner
{
    /// <param name="ledger">Says, without spending anything, whether the CA's limits allow an order for these names now; true as second argument for a renewal.</param>
    public static Decision Decide(
        Wish wish,
        Provider provider,
        CertificateFacts? served,
        Schedule schedule,
        Func<IReadOnlyList<AcmeIdentifier>, bool, LedgerRefusal?> ledger,
        RenewalPolicy policy,
        DateTimeOffset now)
    {
        schedule = ScheduleRules.For(schedule, ScheduleRules.Print(wish, provider));

        if (Reason(wish, provider, served, schedule, policy, now) is not { } because) return new Decision.ServeUntil(RenewalTime.DueAt(served!, schedule, policy));

        if (schedule.NextAttempt is { } next && Waits.Last(next, Backoff.LongestDelay, now))
        {
            var problem = schedule.Problem ?? because;
            return schedule.NeedsHuman ? new Decision.Held(problem, next) : new Decision.RetryAt(next, problem);
        }

        var identifiers = Identifiers(wish, served, schedule, now);
        var renewal = served is not null && served.DirectoryUrl == provider.DirectoryUrl && served.Names.SetEquals(identifiers.Select(name => name.Value));
        if (ledger(identifiers, renewal) is { } refusal) return new Decision.Held(refusal.Reason, refusal.Until);

        var early = served is not null && now >= RenewalTime.DueAt(served, schedule, policy) ? RenewalTime.EarlyRenewalsAfter(served, schedule, policy, now) : schedule.EarlyRenewals;
        return new Decision.Issue(because, identifiers, ScheduleRules.Challenges(wish, schedule), renewal, early);
    }

    /// <summary>Null while the served certificate satisfies the wish, else a few words.</summary>
    private static string? Reason(Wish wish, Provider provider, CertificateFacts? served, Schedule schedule, RenewalPolicy policy, DateTimeOffset now)
    {
        if (served is null) return "no certificate yet";
        if (served.DirectoryUrl != provider.DirectoryUrl) return "the present certificate is from another CA";
        if (served.KeyType != wish.KeyType) return "another key type is wished";
        if ((wish.Profile ?? provider.Profile) is { } profile && !HasProfile(served, profile, wish.RequireProfile)) return "another profile is wished";
        if (wish.Required.FirstOrDefault(name => !served.Names.Contains(name.Value)) is { } required) return $"{required} is not in the present certificate";
        if (wish.Optional.FirstOrDefault(name => !served.Names.Contains(name.Value) && !schedule.LeftOut.Contains(name.Value)) is { } optional) return $"{optional} is not in the present certificate";
        if (now >= served.NotAfter) return "the present certificate has expired";

        if (now < RenewalTime.DueAt(served, schedule, policy)) return null;
        if (!RenewalTime.IsHurried(served, schedule, policy)) return "the renewal is due";
        return RenewalTime.Window(served, schedule, policy)?.ExplanationUrl is { } url ? $"the CA asks to renew it early ({url})" : "the CA asks to renew it early";
    }

    /// <summary>A profile that the CA did not grant was asked for all the same: it is asked for again at the renewal, not before.</summary>
    private static bool HasProfile(CertificateFacts served, string profile, bool required) => served.Profile == profile || (!required && served.WishedProfile == profile);

    private static List<AcmeIdentifier> Identifiers(Wish wish, CertificateFacts? served, Schedule schedule, DateTimeOffset now)
    {
        var names = wish.Required.Concat(wish.Optional.Where(name => !schedule.Dropped.Contains(name.Value))).DistinctBy(name => name.Value).ToList();
        if (served is null || !RenewalTime.IsNearExpiry(served, now)) return names;

        var healthy = names.Where(name => !schedule.FailingNames.Contains(name.Value)).ToList();
        return healthy.Count > 0 ? healthy : names;
    }
}
