using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>
/// Decides what is to be done for a label now, and why nothing is where nothing is. Pure: no clock, no I/O, no state; the same situation gives the same decision.
/// What a certificate needs is decided in <see cref="CertificateNeed"/>, what stands in the way in <see cref="Obstacles"/>.
/// </summary>
internal static class Planner
{
    public static Decision Decide(Situation situation, DateTimeOffset now)
    {
        if (Revoking(situation, now) is { } revocation) return new Decision.Revoke(revocation);
        if (situation.Wish is not { } wish) return Unwished(situation, now);
        if (situation.Damage is { } damage) return new Decision.Wait(damage.ObstacleAt(now));
        if (situation.Candidates.Count == 0 && situation.Heirs.Count == 0)
        {
            return new Decision.Wait(new Obstacle(ObstacleKind.ProviderUnknown, $"{wish.Origin} names the provider '{wish.Provider}', which is not configured"));
        }

        return situation.Order is { } order ? Ordered(situation, wish, order, now) : Unordered(situation, wish, situation.Candidates[0], now);
    }

    /// <summary>What is to be revoked at the CA now, or to be forgotten since it is, whatever else there is to do. A wish that cannot be read may be for a replacement.</summary>
    private static Revocation? Revoking(Situation situation, DateTimeOffset now) =>
        situation is { Damage: null, Gate: null, Revocation: { } revocation }
        && (revocation.IsDue(situation.Certificate, situation.Wish is not null || situation.Keep is null, now) || revocation.IsOver(situation.Certificate))
            ? revocation
            : null;

    /// <summary>An order that has not come far is given up, unless it is for what is wished under another label now; one whose certificate may exist is brought to its end, where that is for anybody.</summary>
    private static Decision Unwished(Situation situation, DateTimeOffset now)
    {
        if (situation.Order is not { } order) return Left(situation, now);
        if (IsPresent(situation.Certificate, order)) return new Decision.Finish(order.At?.Provider);
        if (situation.Gate is not null) return new Decision.Rest();
        if (order.IsTrial || (!order.IsCommitted && situation.Heirs.Count == 0) || order.Id == situation.Schedule.LastOrder) return new Decision.Abandon(order.At?.Provider);

        // A configuration that loses wish and provider for a moment costs no certificate.
        if (order.At is not { } at) return new Decision.Rest();

        return Obstacles.OfStep(order, at, situation.Certificate, situation.Label, situation.IsForced, now) is { } obstacle ? new Decision.Wait(obstacle, at.Provider) : new Decision.Continue(at.Provider);
    }

    /// <summary>A damaged record is the operator's, what another process may be at work on is not touched, and neither is what a wish that cannot be read may be for.</summary>
    private static Decision Left(Situation situation, DateTimeOffset now)
    {
        if (situation.Damage is { MayPass: true }) return new Decision.Rest(now + Obstacles.UsualWait);
        if (situation.Damage is not null || situation.Gate is not null || situation.Keep is not { } keep) return new Decision.Rest();

        // What is revoked is good for nobody; what had its place already is kept as anything else.
        if (situation.Revocation is { } revocation) return revocation.IsDone ? new Decision.Forget() : new Decision.Rest(revocation.DueAfter(now));

        var end = Retention.EndsAt(situation.Certificate, situation.Schedule, keep);
        return end <= now ? new Decision.Forget() : new Decision.Rest(end);
    }

    /// <summary>By its generation: a CA may give the order of the present certificate once more, for another key.</summary>
    private static bool IsPresent(CertificateFacts? certificate, OpenOrder order) => certificate is not null && certificate.Generation == order.Generation;

    private static Decision Ordered(Situation situation, Wish wish, OpenOrder order, DateTimeOffset now)
    {
        if (IsPresent(situation.Certificate, order)) return new Decision.Finish(order.At?.Provider);
        if (situation.Gate is { } gate) return new Decision.Wait(gate);

        if (order.At is not { } at || order.Id == situation.Schedule.LastOrder) return new Decision.Abandon(order.At?.Provider);
        if (!order.IsCommitted && situation.Revocation?.Knows(order.Id, order.ReusesKey) is true) return new Decision.Abandon(at.Provider);

        var obstacle = Obstacles.OfStep(order, at, situation.Certificate, situation.Label, situation.IsForced && !order.IsRehearsal, now);
        if (order.IsRehearsal) return OfRehearsal(order, at, wish, obstacle);
        if (obstacle is not null && MayMove(situation, wish, order, at, obstacle, now)) return new Decision.Abandon(at.Provider) { Left = LeftFor(order, obstacle, situation.Certificate, now) };
        if (!order.IsCommitted && !situation.Candidates.Any(candidate => order.Purpose.IsFor(wish, candidate.Provider)))
        {
            // It has the place of what the label itself is wished for by now: as long as it goes on it may bring another label's certificate, and where it is held it makes room.
            if (situation.Heirs.Count == 0 || obstacle is { IsBrief: false }) return new Decision.Abandon(at.Provider);
        }

        if (obstacle is null) return new Decision.Continue(at.Provider);

        var wait = new Decision.Wait(obstacle.Kind is ObstacleKind.HumanNeeded ? Obstacles.WithReferrals(obstacle, situation.Candidates, situation.Schedule, now) : obstacle, at.Provider);
        return situation.Candidates.Count > 1 ? wait with { Sooner = OtherwiseAt(situation, now) } : wait;
    }

    /// <summary>Whatever would make it wait is ignored: it is given up, and the order that counts follows.</summary>
    private static Decision OfRehearsal(OpenOrder order, Candidate at, Wish wish, Obstacle? obstacle)
    {
        if (!order.Purpose.IsFor(wish, at.Provider) || obstacle is { Kind: not ObstacleKind.CaAtWork }) return new Decision.Abandon(at.Provider);
        return obstacle is null ? new Decision.Continue(at.Provider) : new Decision.Wait(obstacle, at.Provider);
    }

    /// <summary>The CA of the order fails, and another one would be asked at once. One that may have issued is waited for as long as there is time.</summary>
    private static bool MayMove(Situation situation, Wish wish, OpenOrder order, Candidate at, Obstacle obstacle, DateTimeOffset now)
    {
        if (situation.Candidates.Count < 2 || (order.IsCommitted && !Failover.MayLeaveIssued(order, situation.Certificate, now))) return false;
        if (!Failover.MayPass(at, obstacle, situation.Certificate, now) && !(obstacle.Kind is ObstacleKind.CaAtWork && Failover.MayLeaveAtWork(order, situation.Certificate, now))) return false;

        var identifiers = CertificateNeed.Identifiers(wish, situation.Certificate, situation.Schedule, now);
        return situation.Candidates.Any(other => other.Provider.Ca != at.Provider.Ca && Obstacles.OfAttempt(other, situation.Schedule, situation.Certificate, situation.Label, identifiers, ClassOf(situation, other, identifiers, now), now) is null);
    }

    /// <summary>What keeps the CA from being asked at once again, where nothing else does.</summary>
    private static LeftOrder? LeftFor(OpenOrder order, Obstacle obstacle, CertificateFacts? certificate, DateTimeOffset now)
    {
        if (order.Awaits is { } what) return new LeftOrder.ForHuman(what);
        return obstacle.Kind is ObstacleKind.CaAtWork && Failover.MayLeaveAtWork(order, certificate, now) ? new LeftOrder.TooSlow(order.BegunAt) : null;
    }

    private static OrderClass ClassOf(Situation situation, Candidate candidate, IReadOnlyList<AcmeIdentifier> identifiers, DateTimeOffset now) =>
        new(Replaced(situation, candidate, identifiers, now) is not null ? OrderKind.Replacing : IsRenewal(situation, candidate, identifiers) ? OrderKind.SameSet : OrderKind.New, RenewalTime.IsPressing(situation.Certificate, now));

    private static ReplacedCertificate? Replaced(Situation situation, Candidate candidate, IReadOnlyList<AcmeIdentifier> identifiers, DateTimeOffset now) =>
        situation.Renewal.Ari ? ReplacedCertificate.Of(situation.Certificate, candidate.Provider.Ca, identifiers.Select(name => name.Value), now) : null;

    private static bool IsRenewal(Situation situation, Candidate candidate, IReadOnlyList<AcmeIdentifier> identifiers) =>
        situation.Certificate is { } certificate && certificate.Ca == candidate.Provider.Ca && certificate.Names.SetEquals([.. identifiers.Select(name => name.Value)]);

    private static Decision Unordered(Situation situation, Wish wish, Candidate preferred, DateTimeOffset now)
    {
        var schedule = situation.Schedule.HasFailures ? ScheduleChanges.For(situation.Schedule, WishPrint.Of(wish, preferred.Provider)) : situation.Schedule;
        var certificate = situation.Certificate;
        var need = situation.Revocation?.NeedOf(certificate) ?? CertificateNeed.Of(wish, situation.Candidates, certificate, schedule, situation.Renewal, now);
        if (need is null && situation.IsRenewalAsked) need = new IssueReason(IssueReasonKind.Asked, "another one was asked for");
        if (need is not { } because)
        {
            var issuer = situation.Candidates.First(candidate => candidate.Provider.Ca == certificate!.Ca).Provider;
            var askAt = situation.Renewal.Ari && situation.Gate is null ? RenewalHints.NextFetch(certificate!, schedule, now) : null;
            return new Decision.Serve(issuer, RenewalTime.DueAt(certificate!, schedule, situation.Renewal), askAt) { IsAsking = askAt <= now };
        }

        if (!situation.IsForced && !situation.IsRenewalAsked && Obstacles.OfVisits(wish, certificate, because, now) is { } unvisited) return new Decision.Wait(unvisited);
        if (schedule.Hold is { } hold) return new Decision.Wait(new Obstacle(ObstacleKind.OperatorHold, $"{because.Text}, but it is on hold since {hold.Since:u}{(hold.Reason is null ? "" : $": {hold.Reason}")}"));
        if (situation.Gate is null && because.Kind is not IssueReasonKind.Revoked && Heritage.Of(situation, wish, because, now) is { } left) return new Decision.TakeOver(left);
        if (situation.Gate is null && situation.Awaited is { } awaited) return new Decision.Wait(awaited);
        if (!situation.IsForced && !situation.IsRenewalAsked && Obstacles.OfVeto(schedule.Veto, certificate, because, now) is { } veto) return new Decision.Wait(veto);
        if (!situation.IsForced && Obstacles.OfSchedule(schedule, wish, because, hasOthers: situation.Candidates.Count > 1, now) is { } waiting) return new Decision.Wait(Obstacles.WithReferrals(waiting, situation.Candidates, schedule, now));
        if (situation.Gate is { } gate) return new Decision.Wait(gate with { Reason = $"{because.Text}, but {gate.Reason}" });

        // Whoever asks for an attempt says that it is done. A slow CA is better than none.
        DateTimeOffset? askedAt = situation.IsForced ? DateTimeOffset.MaxValue : AnotherClock.Noted(wish.AskedAt, now) ? null : wish.AskedAt;
        schedule = schedule.WithoutReferrals(askedAt).WithoutSlowCas(situation.Candidates.Count == 1 ? DateTimeOffset.MaxValue : askedAt);
        var identifiers = CertificateNeed.Identifiers(wish, certificate, schedule, now);
        if (Rehearsal(situation, wish, schedule, because, identifiers, now) is { } rehearsal) return rehearsal;

        var candidates = Failover.Order(situation.Candidates, schedule, certificate, now);
        var waits = new List<Decision.Wait>();
        foreach (var candidate in candidates)
        {
            if (Obstacles.OfAttempt(candidate, schedule, certificate, situation.Label, identifiers, ClassOf(situation, candidate, identifiers, now), now) is not { } obstacle)
            {
                if (candidate != preferred) because = because with { Text = $"{because.Text}; at {candidate.Provider.Name}, since {(waits is [var first, ..] ? first.Obstacle.Reason : $"{preferred.Provider.Name} did not do")}" };
                return new Decision.Issue(candidate.Provider, because, identifiers, ChallengeOrder.Of(wish, schedule, candidate.Ledger.Challenge, now), IsRenewal(situation, candidate, identifiers), EarlyRenewals(certificate, schedule, situation.Renewal, now))
                {
                    Replaces = Replaced(situation, candidate, identifiers, now),
                    ReusesKey = KeyReuse.IsWished(situation, wish, because, now),
                };
            }

            waits.Add(new Decision.Wait(obstacle, candidate.Provider));
            if (candidate == preferred && candidate == candidates[0] && obstacle.Kind is not ObstacleKind.HumanNeeded && !Failover.MayPass(candidate, obstacle, certificate, now)) break;
        }

        if (situation.Candidates.Count == 1) return waits[0];

        var told = Told(waits);
        return told with { Obstacle = Obstacles.WithReferrals(told.Obstacle, situation.Candidates, schedule, now), Sooner = waits.Select(wait => wait.LookAt).Append(OtherwiseAt(situation, now)).Min() };
    }

    /// <summary>What a human can do is said before what comes by itself, unless the label is to be woken by whoever it waits for. A CA that is left alone since it was slow is passed: what keeps the other ones from being asked comes first.</summary>
    private static Decision.Wait Told(List<Decision.Wait> waits)
    {
        var first = waits.Find(wait => wait.Obstacle.Kind is not ObstacleKind.CaTooSlow) ?? waits[0];
        var told = first.Obstacle is { Line: null, Kind: not (ObstacleKind.ProbeUnderWay or ObstacleKind.AccountBusy) } ? waits.Find(wait => wait.Obstacle.Kind is ObstacleKind.HumanNeeded) ?? first : first;
        var slow = waits.Where(wait => wait != told && wait.Obstacle.Kind is ObstacleKind.CaTooSlow).Select(wait => wait.Obstacle.Reason);
        return told with { Obstacle = told.Obstacle with { Reason = string.Join("; ", slow.Prepend(told.Obstacle.Reason)) } };
    }

    /// <summary>When another CA may be asked though what stands in the way stays: the end comes nearer, a CA's pause ends, an issuance takes too long.</summary>
    private static DateTimeOffset? OtherwiseAt(Situation situation, DateTimeOffset now) => situation.Candidates
        .Select(candidate => candidate.Ledger.Circuit is { } circuit && circuit.IsOpen(now) ? circuit.OpenUntil : (DateTimeOffset?)null)
        .Append(Failover.LateAt(situation.Certificate, now))
        .Append(situation.Order is { IsCommitted: true } order && Failover.LeftAt(order, situation.Certificate) is var left && left > now ? left : null)
        .Min();

    /// <summary>
    /// When a name could not be validated by any challenge type, it is tried where failures cost nothing: at the CA's staging directory, until it succeeds there. What else goes wrong there is ignored, and near
    /// the certificate's end there is no time for it.
    /// </summary>
    private static Decision.Issue? Rehearsal(Situation situation, Wish wish, Schedule schedule, IssueReason because, IReadOnlyList<AcmeIdentifier> identifiers, DateTimeOffset now)
    {
        if (situation.Rehearsal is not { } staging || !schedule.WantsRehearsal(wish)) return null;
        if (situation.Certificate is { } certificate && RenewalTime.IsNearExpiry(certificate, now)) return null;
        if (Obstacles.OfAttempt(staging, schedule, situation.Certificate, situation.Label, identifiers, default, now) is not null) return null;

        return new Decision.Issue(staging.Provider, because, identifiers, ChallengeOrder.Of(wish, schedule, staging.Ledger.Challenge, now), IsRenewal: false, schedule.EarlyRenewals) { IsRehearsal = true };
    }

    private static int EarlyRenewals(CertificateFacts? certificate, Schedule schedule, RenewalPolicy policy, DateTimeOffset now) =>
        certificate is not null && now >= RenewalTime.DueAt(certificate, schedule, policy) ? RenewalTime.EarlyRenewalsAfter(certificate, schedule, policy, now) : schedule.EarlyRenewals;
}
