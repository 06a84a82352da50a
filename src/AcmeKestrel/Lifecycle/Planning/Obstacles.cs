using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>What stands in the way of an attempt or of an order's next step: why nothing happens. Pure.</summary>
internal static class Obstacles
{
    /// <summary>When something that nobody announces the end of is looked at again.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromMinutes(5);

    /// <summary>Whoever waits for a limit is woken when it is its turn.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromHours(1);

    /// <summary>Whoever waits for a probe is woken by its end; where the next one in line has nothing to ask, nobody is, and all look again.</summary>
    private static readonly TimeSpan LongestProbe = TimeSpan.FromMinutes(2);

    /// <summary>The rung of the ladder that the last failure led to, unless somebody has asked since; by a clock that is ahead nobody has. One that failed later than now did so by such a clock, too.</summary>
    /// <param name="hasOthers">What a human is to do at one CA keeps no other one from being asked: it is that CA's obstacle, and not the label's.</param>
    public static Obstacle? OfSchedule(Schedule schedule, Wish wish, IssueReason because, bool hasOthers, DateTimeOffset now)
    {
        if (hasOthers && schedule is { NeedsHuman: true, HumanWaits.Count: > 0 }) return null;
        if (wish.AskedAt > schedule.FailedAt && !AnotherClock.Noted(wish.AskedAt, now)) return null;
        if (schedule.NextAttempt is not { } next || AnotherClock.Noted(schedule.FailedAt, now) || !Waits.Last(next, Backoff.LongestDelay, now)) return null;
        return new Obstacle(schedule.NeedsHuman ? ObstacleKind.HumanNeeded : ObstacleKind.Backoff, schedule.Problem ?? because.Text, next);
    }

    /// <summary>A hook does not want an order, and is obeyed.</summary>
    public static Obstacle? OfVeto(HookVeto? veto, CertificateFacts? certificate, IssueReason because, DateTimeOffset now) => veto?.HoldsUntil(certificate, because.Kind, now) is { } until
        ? new Obstacle(ObstacleKind.HookVeto, $"{because.Text}, but the hook {veto.Hook} does not want it now{(veto.Reason is { } reason ? $": {reason}" : "")}", until)
        : null;

    /// <summary>Nobody comes for what is wished for its visitors. One that comes has it looked at again. What has ended, or lacks a name, is none that could be shown to whoever comes.</summary>
    public static Obstacle? OfVisits(Wish wish, CertificateFacts? certificate, IssueReason because, DateTimeOffset now) => because.Kind is not IssueReasonKind.Revoked && Visits.AreMissing(wish, certificate)
        ? new Obstacle(ObstacleKind.NotVisited, string.Create(CultureInfo.InvariantCulture, $"{because.Text}, but nobody has visited it since {Visits.CountFrom(certificate!):u}; it goes when it ends ({certificate!.NotAfter:u})")) { IsRest = certificate.NotAfter > now && because.Kind is not IssueReasonKind.NameMissing }
        : null;

    /// <summary>A new order at this CA.</summary>
    public static Obstacle? OfAttempt(Candidate candidate, Schedule schedule, CertificateFacts? certificate, string label, IReadOnlyList<AcmeIdentifier> identifiers, OrderClass of, DateTimeOffset now)
    {
        if (candidate.Unusable is { } unusable) return unusable;
        if (OfReferral(candidate, schedule, now) is { } human) return human;
        if (OfSlowness(candidate, schedule, now) is { } slow) return slow;
        if (OfLimits(candidate, label, LedgerCosts.Attempt(candidate.Provider.Limits, candidate.Account, identifiers, of, candidate.Ledger.IsFresh(now)), now) is { } limit) return limit;
        if (schedule.AskedWaits.FirstOrDefault(wait => wait.Binds(candidate.Account)) is { } wait && OfAskedWait(candidate, wait.Until, now) is { } asked) return asked;
        if (OfCircuit(candidate, certificate, label, now) is { } trouble) return trouble;
        return candidate.AccountClosing is { } closing ? new Obstacle(ObstacleKind.AccountBusy, closing) : null;
    }

    /// <summary>With what a human is to do at the other CAs: whatever is waited for may be had by that sooner.</summary>
    public static Obstacle WithReferrals(Obstacle obstacle, IReadOnlyList<Candidate> candidates, Schedule schedule, DateTimeOffset now)
    {
        var reason = obstacle.Reason;
        foreach (var candidate in candidates)
        {
            if (OfReferral(candidate, schedule, now) is { Reason: var asked } && !reason.Contains(asked, StringComparison.Ordinal)) reason = $"{reason}; {candidate.Provider.Name}: {asked}";
        }

        return obstacle with { Reason = reason };
    }

    private static Obstacle? OfReferral(Candidate candidate, Schedule schedule, DateTimeOffset now) =>
        schedule.HumanWaits.FirstOrDefault(wait => wait.DirectoryUrl == candidate.Provider.DirectoryUrl) is { } human && !AnotherClock.Noted(human.Since, now) && human.Until > now
            ? new Obstacle(ObstacleKind.HumanNeeded, human.Reason, human.Until)
            : null;

    private static Obstacle? OfSlowness(Candidate candidate, Schedule schedule, DateTimeOffset now) =>
        schedule.SlowCas.FirstOrDefault(slow => slow.DirectoryUrl == candidate.Provider.DirectoryUrl) is { } slow && !AnotherClock.Noted(slow.Since, now) && slow.Until > now
            ? new Obstacle(ObstacleKind.CaTooSlow, $"{candidate.Provider.Name} has not issued the order of {slow.OrderedAt:u} in time, and is left alone until {slow.Until:u}", slow.Until)
            : null;

    /// <summary>Where the limit is one that all names share the first in line looks when the next token is there; the others are woken when it is their turn, and look now and then all the same.</summary>
    private static Obstacle? OfLimits(Candidate candidate, string label, List<LedgerCost> costs, DateTimeOffset now)
    {
        var refusal = candidate.Ledger.RefusalOf(costs, now);
        if (refusal is { Line: null }) return new Obstacle(ObstacleKind.LimitReached, refusal.Reason, refusal.Until);
        if (costs.Find(cost => cost.IsShared && candidate.Behind.Contains(cost.Bucket)) is { Bucket: { } line })
        {
            var later = now + (LongestTurn * (1 + Jitter.Fraction(label)));
            return new Obstacle(ObstacleKind.LimitReached, $"certificates that end sooner are before it at the limits of {candidate.Provider.Name}", later) { Line = line };
        }

        return refusal is null ? null : new Obstacle(ObstacleKind.LimitReached, refusal.Reason, refusal.Until) { Line = refusal.Line };
    }

    /// <summary>The next step of an order in flight. Whoever will not ask now must not become the probe that all the others wait for: its own waits come first.</summary>
    /// <param name="isForced">Somebody asks for a look now: what a human was to do may be done.</param>
    public static Obstacle? OfStep(OpenOrder order, Candidate at, CertificateFacts? certificate, string label, bool isForced, DateTimeOffset now)
    {
        if (order.NotBefore is { } notBefore && OfAskedWait(at, notBefore, now) is { } asked) return asked;
        if (order.NextLook is { } look && !(order.NeedsHuman && isForced) && !AnotherClock.Noted(order.LookedAt, now) && Waits.Last(look, Waits.LongestAsked, now)) return new(order.NeedsHuman ? ObstacleKind.HumanNeeded : ObstacleKind.CaAtWork, order.WaitsFor ?? $"{at.Provider.Name} is at work", look);
        if (at.Unusable is { } unusable) return unusable;
        if (order.IsIntent && OfLimits(at, label, LedgerCosts.Order(at.Provider.Limits, at.Account, new OrderClass(order.Kind, RenewalTime.IsPressing(certificate, now)), at.Ledger.IsFresh(now)), now) is { } limit) return limit;
        if (OfCircuit(at, certificate, label, now) is { } trouble) return trouble;

        // Orders whose names are being validated end before the key is changed; new ones wait.
        return at.AccountClosing is { } closing && (at.IsAccountClosed || order.IsIntent) ? new Obstacle(ObstacleKind.AccountBusy, closing) : null;
    }

    private static Obstacle? OfAskedWait(Candidate candidate, DateTimeOffset until, DateTimeOffset now) =>
        Waits.Last(until, Waits.LongestAsked, now) ? new(ObstacleKind.RetryAfter, $"{candidate.Provider.Name} asked to wait (Retry-After)", until) : null;

    /// <summary>The CA has trouble, or another name finds out whether it has. A name whose certificate ends soon finds out sooner than the others.</summary>
    public static Obstacle? OfCircuit(Candidate candidate, CertificateFacts? certificate, string label, DateTimeOffset now)
    {
        if (candidate.Ledger.Circuit is not { } circuit) return null;

        var reason = $"{candidate.Provider.Name} does not answer as it should: {circuit.Reason}";
        var cap = Backoff.CapOf(certificate, now);
        if (circuit.IsOpen(now, cap)) return new(ObstacleKind.ProviderPaused, reason, circuit.OpenUntilFor(cap));
        return candidate.Probe is { } probe && probe != label ? new Obstacle(ObstacleKind.ProbeUnderWay, reason, now + LongestProbe) : null;
    }
}
