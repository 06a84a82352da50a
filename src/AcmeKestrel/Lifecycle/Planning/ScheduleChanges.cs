using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>How a schedule moves on when an order ends. Pure.</summary>
internal static class ScheduleChanges
{
    private const int MostNames = 25;
    private const int MostWords = 300;

    /// <summary>Failures of another wish of this label say nothing about this one.</summary>
    public static Schedule For(Schedule schedule, string wishPrint) => schedule.WishPrint == wishPrint
        ? schedule
        : WithoutFailures(schedule) with { WishPrint = wishPrint };

    /// <summary>The label that takes over the certificate which another one left behind has its wish, its waits and its hold; the rest is told of the certificate. What was revoked under either stays so.</summary>
    public static Schedule AfterTakeOver(Schedule own, Schedule left) => WithoutFailures(left) with
    {
        WishPrint = own.WishPrint,
        Revoked = left.Revoked.Count == 0 ? own.Revoked : [.. left.Revoked.Union(own.Revoked)],
        AskedWaits = own.AskedWaits,
        Hold = own.Hold,
    };

    public static Schedule AfterFailure(Schedule schedule, Wish wish, EndedOrder order, OrderFailure failure, CertificateFacts? certificate, DateTimeOffset now)
    {
        var next = schedule with
        {
            LastOrder = order.Id,
            FailedAt = now,
            Problem = failure.Message,
            NeedsHuman = false,
            NextAttempt = null,
            Refusals = failure.Kind is OrderFailureKind.Validation ? 0 : Next(schedule.Refusals),
            IsRehearsed = false,
            FailingNames = [.. failure.Names.Keys.Order(StringComparer.Ordinal)],
            NameProblems = Told(failure.Names),
            PermanentRecords = order.PermanentRecords ?? schedule.PermanentRecords,
        };

        // Apart from the ladder: whoever asks for an attempt now skips that, and not what the CA asked for.
        if (failure.RetryAfter is { Ticks: > 0 } asked && order.Account is { } account) next = next.Asked(new AskedWait(account.Ca.DirectoryUrl, account.Email, now + asked) { AskedAt = now }, now);

        // The CA will not have the profile after all, and the wish can do without: nobody's fault, once.
        if (failure.Kind is OrderFailureKind.Profile && order is { WishedProfile: { } profile, RequiresProfile: false } && schedule.DroppedProfile != profile)
        {
            return next with { DroppedProfile = profile, FailingNames = [] };
        }

        var dropped = Droppable(schedule, wish, order, failure, certificate, now);
        if (dropped.Count > 0)
        {
            next = next with { Dropped = [.. schedule.Dropped.Union(dropped)] };

            // An optional name alone was at fault: the certificate for the others needs no second fault to be asked for.
            if (failure.Names.Count > 0 && failure.Names.Keys.All(dropped.Contains) && failure.RetryAfter is null) return next with { FailingNames = [] };
        }

        if (failure.Kind is OrderFailureKind.Validation)
        {
            next = next with { Tries = Next(schedule.Tries), FailedChallenge = order.LeadingChallenge };
            if (schedule.Tries == 0 && wish.Challenges.Count > 1 && failure.RetryAfter is null && MayDoByAnotherType(failure)) return next;
        }

        var failures = Next(schedule.Failures);
        return next with { Failures = failures, NextAttempt = now + Backoff.Delay(failures, wish.Label, certificate, retryAfter: null, now) };
    }

    /// <summary>The names were validated at the staging directory, or that could not be tried: the order that counts follows at once.</summary>
    public static Schedule AfterRehearsal(Schedule schedule, string orderId) => schedule with { LastOrder = orderId, IsRehearsed = true, NextAttempt = null };

    /// <summary>An order that the CA forgot is nobody's fault once; a CA that forgets each is asked less and less.</summary>
    public static Schedule AfterLoss(Schedule schedule, string label, string orderId, string reason, CertificateFacts? certificate, DateTimeOffset now)
    {
        var failures = Next(schedule.Failures);
        return schedule with { LastOrder = orderId, FailedAt = now, Problem = reason, NeedsHuman = false, NameProblems = null, Failures = failures, NextAttempt = now + Backoff.Delay(failures, label, certificate, null, now) };
    }

    /// <summary>Something only a human can mend: no rung is taken, and it is looked at again in a day, or after an eighth of what is left. It is the next CA's turn.</summary>
    public static Schedule AfterRefusal(Schedule schedule, EndedOrder order, string reason, CertificateFacts? certificate, DateTimeOffset now)
    {
        var next = now + (Backoff.CapOf(certificate, now) is { } cap && cap < Backoff.Longest ? cap : Backoff.Longest);
        var refused = schedule with { LastOrder = order.Id, FailedAt = now, Problem = reason, NameProblems = null, NeedsHuman = true, NextAttempt = next, Refusals = Next(schedule.Refusals, Failover.EnoughRefusals) };
        return order.Account is { } account ? refused.Referred(new HumanWait(account.Ca.DirectoryUrl, now, next, reason), now) : refused;
    }

    /// <summary>An order was left for another CA: its own one is not asked for a while.</summary>
    public static Schedule AfterLeaving(Schedule schedule, string directoryUrl, LeftOrder left, CertificateFacts? certificate, DateTimeOffset now)
    {
        var until = now + Failover.PauseAfterLeaving(certificate, now);
        return left switch
        {
            LeftOrder.ForHuman(var what) => schedule.Referred(new HumanWait(directoryUrl, now, until, what), now),
            LeftOrder.TooSlow(var orderedAt) => schedule.Passing(new SlowCa(directoryUrl, orderedAt, now, until), now),
            _ => throw new InvalidOperationException($"{left} is no reason to leave a CA."),
        };
    }

    public static Schedule AfterIssue(Schedule schedule, Wish wish, EndedOrder order, CertificateFacts issued, RenewalPolicy policy, DateTimeOffset now)
    {
        // What the order did not ask for was not left out: a name that came with another wish meanwhile is asked for next.
        var asked = order.Identifiers.Concat(schedule.Dropped).Concat(schedule.FailingNames).ToHashSet(StringComparer.Ordinal);
        var leftOut = wish.Required.Concat(wish.Optional).Select(name => name.Value).Where(name => asked.Contains(name) && !issued.Names.Contains(name)).ToList();
        var next = new Schedule
        {
            WishPrint = schedule.WishPrint,
            LeftOut = leftOut,
            WorkedChallenge = order.WorkedChallenge ?? schedule.WorkedChallenge,
            PermanentRecords = order.PermanentRecords ?? (order.WorkedChallenge is null ? schedule.PermanentRecords : []),
            EarlyRenewals = order.EarlyRenewals,
            LastOrder = order.Id,
            Revoked = schedule.Revoked,
            AskedWaits = [.. schedule.AskedWaits.Where(wait => wait.Until > now)],
            Hold = schedule.Hold,
        };

        // Due already, by a wrong clock here or there: the next one would be, too, and without a wait order would follow order.
        if (RenewalTime.DueAt(issued, next, policy) <= now)
        {
            var failures = Next(schedule.Failures);
            return next with
            {
                Failures = failures,
                Problem = $"the certificate was due for renewal when it came, being valid from {issued.NotBefore:u} to {issued.NotAfter:u}; check this machine's clock",
                NextAttempt = now + Backoff.Delay(failures, wish.Label, issued, null, now),
            };
        }

        // Required names that were left out near expiry stay on their ladder: they are asked for again, for ever.
        return wish.Required.All(name => issued.Names.Contains(name.Value))
            ? next
            : next with
            {
                Failures = schedule.Failures,
                Tries = schedule.Tries,
                FailedChallenge = schedule.FailedChallenge,
                Problem = schedule.Problem,
                NameProblems = schedule.NameProblems,
                NextAttempt = now + Backoff.Delay(Math.Max(1, schedule.Failures), wish.Label, issued, null, now),
            };
    }

    private static Schedule WithoutFailures(Schedule schedule) => new()
    {
        WishPrint = schedule.WishPrint,
        LeftOut = schedule.LeftOut,
        WorkedChallenge = schedule.WorkedChallenge,
        PermanentRecords = schedule.PermanentRecords,
        Renewal = schedule.Renewal,
        EarlyRenewals = schedule.EarlyRenewals,
        LastOrder = schedule.LastOrder,
        Revoked = schedule.Revoked,
        AskedWaits = schedule.AskedWaits,
        Hold = schedule.Hold,
    };

    /// <summary>
    /// The names that may be left out and are at fault, or may be where the CA names none. A certificate without them lasts as long as any other one: the trouble of a moment, which is no name's, leaves none out, and what a
    /// visitor is shown today is given up last.
    /// </summary>
    /// <param name="schedule">Before the failure.</param>
    private static HashSet<string> Droppable(Schedule schedule, Wish wish, EndedOrder order, OrderFailure failure, CertificateFacts? certificate, DateTimeOffset now)
    {
        var optional = wish.Optional.Select(name => name.Value).Intersect(order.Identifiers).ToHashSet(StringComparer.Ordinal);
        if (failure.Names.Count > 0)
        {
            optional.IntersectWith(failure.Names.Keys);
            return optional;
        }

        if (failure.Kind is not OrderFailureKind.Rejected) return [];
        if (Failover.IsLate(certificate, now)) return optional;
        if (!failure.IsAboutNames && schedule.Refusals < Failover.EnoughRefusals) return [];
        if (certificate is not null && !(failure.IsAboutNames && schedule.Refusals > 0)) optional.RemoveWhere(certificate.Names.Contains);
        return optional;
    }

    /// <summary>They are kept in memory with the label, and of a hundred thousand all may fail.</summary>
    private static Dictionary<string, string>? Told(IReadOnlyDictionary<string, string> names) => names.Count == 0
        ? null
        : names.OrderBy(name => name.Key, StringComparer.Ordinal).Take(MostNames).ToDictionary(name => name.Key, name => PlainText.Of(name.Value, MostWords), StringComparer.Ordinal);

    /// <summary>A wildcard is proven by DNS alone.</summary>
    private static bool MayDoByAnotherType(OrderFailure failure) => failure.Names.Count == 0 || failure.Names.Keys.Any(name => !DomainName.IsWildcard(name));

    private static int Next(int count, int step = 1) => count > int.MaxValue - step ? int.MaxValue : count + step;
}
