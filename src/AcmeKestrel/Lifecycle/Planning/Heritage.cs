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

    private static bool IsRenewal(IssueReason because) => because.Kind is IssueReasonKind.RenewalDue or IssueReasonKind.RenewalHurried;
}
