using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Whether a certificate that another label left behind does for this one: names in another order, or another label for them, are no reason to buy again. Pure.</summary>
internal static class Heritage
{
    /// <summary>The best one, or null. One that is due for renewal does, too, unless the label has that already: it is renewed under its new label.</summary>
    /// <param name="because">Why the label needs a certificate.</param>
    public static LabelFacts? Of(Situation situation, Wish wish, IssueReason because, DateTimeOffset now) => situation.LeftBehind
        .Where(left => CertificateNeed.Of(wish, situation.Candidates, left.Certificate, left.Schedule, situation.Renewal, now) is not { } need || (IsRenewal(need) && !IsRenewal(because)))
        .MaxBy(left => left.Certificate!.NotAfter);

    /// <summary>What waiting for another label's order means. It is the order's obstacle as well, so that whoever waits for an outcome has one where the order has; else the order is at work.</summary>
    public static Obstacle Awaiting(string label, LabelFacts left, DateTimeOffset now)
    {
        var reason = $"the order under way for {label} is for the same names";
        return left.Obstacle is { IsBrief: false } held
            ? held with { Reason = $"{reason}: {held.Reason}", Until = held.Until > now ? held.Until : now + Obstacles.UsualWait }
            : new Obstacle(ObstacleKind.CaAtWork, reason, now + Obstacles.UsualWait);
    }

    private static bool IsRenewal(IssueReason because) => because.Kind is IssueReasonKind.RenewalDue or IssueReasonKind.RenewalHurried;
}
