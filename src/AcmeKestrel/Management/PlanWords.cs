using System.Globalization;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Management;

/// <summary>A decision as an operator reads it. Pure.</summary>
internal static class PlanWords
{
    /// <summary>Null: nothing is wished of the label, and nothing is to be done for it.</summary>
    public static AcmePlannedCertificate? Of(LabelView label, Decision decision) => decision switch
    {
        Decision.Serve serve => Plan(label, decision, AcmePlannedAction.None, "the stored certificate is as wished", at: serve.RenewAt, provider: serve.Provider.Name),
        Decision.Issue issue => Plan(label, decision, AcmePlannedAction.Order, issue.Because.Text, names: [.. issue.Identifiers.Select(name => name.Value)], provider: issue.Provider.Name),
        Decision.Continue going => Plan(label, decision, AcmePlannedAction.Continue, label.Step ?? "its order is in flight", provider: going.Provider.Name),
        Decision.Finish => Plan(label, decision, AcmePlannedAction.Continue, "its certificate is here, and its order is to be closed"),
        Decision.Abandon => Plan(label, decision, AcmePlannedAction.Abandon, "the order in flight is for nothing any more"),
        Decision.Wait wait => Plan(label, decision, AcmePlannedAction.Wait, wait.Obstacle.Reason, at: wait.LookAt, provider: wait.Provider?.Name),
        Decision.Revoke revoke => Plan(label, decision, AcmePlannedAction.Revoke, $"asked for at {revoke.Revocation.Since.ToString("u", CultureInfo.InvariantCulture)} ({revoke.Revocation.Reason})"),
        Decision.TakeOver over => Plan(label, decision, AcmePlannedAction.TakeOver, $"'{over.From.Certificate!.Label}' left a certificate for these names behind"),
        Decision.Forget => Plan(label, decision, AcmePlannedAction.Remove, "nobody wishes it any more, and what is stored of it was kept long enough"),
        _ => null,
    };

    private static AcmePlannedCertificate Plan(
        LabelView label, Decision decision, AcmePlannedAction action, string reason, DateTimeOffset? at = null, string? provider = null, IReadOnlyList<string>? names = null) => new(label.Label, action, reason)
        {
            At = at,
            Provider = provider,
            Names = names ?? [],
            Status = label.Wish is null ? null : decision is Decision.Issue ? LabelStatus.Of(label, AcmeCertificateState.Waiting, $"to be ordered: {reason}") : LabelStatus.Of(label, decision),
        };
}
