using System.Globalization;

namespace AcmeKestrel.CommandLine;

/// <summary>Why a certificate is as it is, in sentences. Pure.</summary>
internal static class Explanation
{
    /// <param name="live">What the server says; null: none runs.</param>
    public static IReadOnlyList<string> Of(AcmePlannedCertificate plan, AcmeCertificateStatus? live, DateTimeOffset now)
    {
        var told = new List<string>();
        if ((live ?? plan.Status) is not { } status)
        {
            told.Add($"Nobody wishes '{plan.Label}' any more.");
            told.Add($"Next: {PlanText.Of(plan)}.");
            return told;
        }

        told.Add(status.Names.Count == 0 ? $"'{status.Label}' could not become a wish." : $"{status.Origin ?? "Somebody"} wishes a certificate for {ShownName.Of(status.Names, status)} from {status.Provider}.");
        told.Add(Stored(status, live is not null, now));
        if (status.PermanentRecords.Count > 0) told.Add($"Its names are proven by what has to stay in DNS: {string.Join("; ", status.PermanentRecords)}");
        if (status.DroppedNames.Count > 0) told.Add($"It is without {ShownName.Of(status.DroppedNames, status)}, which the CA could not validate; they are asked for again at the next renewal.");
        if (status.ProfileRemark is { } remark) told.Add($"Its profile: {remark}.");
        if (status.DroppedProfile is { } profile) told.Add($"The CA did not grant the profile {profile}; it is asked for again at the next renewal.");
        if (status.RenewalWindow is { } window) told.Add($"The CA suggests to renew between {AcmeStatusLine.Moment(window.Start)} and {AcmeStatusLine.Moment(window.End)}.");
        if (status.Revocation is { } revocation) told.Add(Revocation(revocation));
        if (status.HeldSince is { } since) told.Add($"Somebody put it on hold {AcmeStatusLine.Moment(since)}{(status.HoldReason is { } why ? $" ({why})" : "")}: nothing is ordered before 'acme release {status.Label}'.");
        if (status.LastProblem is { } problem) told.AddRange(Problem(status, problem));
        told.Add(Next(plan, status, live is not null, now));
        if (Advice(status) is { } advice) told.Add($"To do: {advice}.");
        return told;
    }

    private static string Stored(AcmeCertificateStatus status, bool isLive, DateTimeOffset now)
    {
        if (status.NotAfter is not { } end) return "There is no certificate yet.";

        var left = end - now;
        var verb = isLive ? "is served" : "is stored";
        return left <= TimeSpan.Zero
            ? $"The certificate that {verb} ended {AcmeStatusLine.Moment(end)}, {Span(-left)} ago."
            : $"A certificate {verb} that is good until {AcmeStatusLine.Moment(end)}, another {Span(left)}{(status.WorkedChallenge is { } type ? $"; its names were validated by {type}" : "")}.";
    }

    private static string Revocation(AcmePendingRevocation revocation) => revocation.IsRevoked
        ? $"The CA has revoked it ({revocation.Reason}, {AcmeStatusLine.Moment(revocation.Since)}); another one takes its place."
        : $"It is to be revoked ({revocation.Reason}, asked for {AcmeStatusLine.Moment(revocation.Since)}){(revocation.Problem is { } fault ? $", but {fault}" : "")}.";

    private static IEnumerable<string> Problem(AcmeCertificateStatus status, AcmeCertificateProblem problem)
    {
        var times = status.Failures > 1 ? $"{status.Failures} attempts in a row have failed, the last one" : "The last attempt failed";
        yield return $"{times}{(problem.At is { } at ? $" {AcmeStatusLine.Moment(at)}" : "")}: {problem.Message}";
        foreach (var (name, said) in problem.Names) yield return $"  {name}: {said}";
    }

    private static string Next(AcmePlannedCertificate plan, AcmeCertificateStatus status, bool isLive, DateTimeOffset now)
    {
        if (isLive && status.State is AcmeCertificateState.Ordering) return $"Now: an order is under way{(status.Reason is { } step ? $" ({step})" : "")}.";
        if (isLive && status.State is AcmeCertificateState.Held or AcmeCertificateState.Failing) return $"Next: {(status.NextAttempt is { } at ? $"another attempt {When(at, now)}" : "nothing, until something changes")}; it waits, since {status.Reason}.";

        return plan.Action switch
        {
            AcmePlannedAction.None when plan.At is { } renewal => $"Next: it is renewed {When(renewal, now)}.",
            AcmePlannedAction.Wait => $"Next: {(plan.At is { } until ? $"it is looked at again {When(until, now)}" : "nothing, until something changes")}, since {plan.Reason}.",
            _ => $"Next: {PlanText.WithReason(plan)}{(isLive ? "" : "; a server does it, or 'acme reconcile'")}.",
        };
    }

    private static string? Advice(AcmeCertificateStatus status) => status switch
    {
        { State: AcmeCertificateState.Failing } => $"mend what is told above, then 'acme retry {status.Label}' tries at once",
        { State: AcmeCertificateState.Held, NextAttempt: null } => "see the reason; docs/operations.md, 'Held', tells what each of them means",
        _ => null,
    };

    private static string When(DateTimeOffset moment, DateTimeOffset now) =>
        moment <= now ? "now" : $"{AcmeStatusLine.Moment(moment)}, in {Span(moment - now)}";

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (int)span.TotalSeconds)} seconds"),
    };
}
