using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>A hook was asked before an order and does not want it. Kept with the schedule, so that a restart does not ask again before its time.</summary>
internal sealed record HookVeto([property: JsonRequired] string Hook, string? Reason, [property: JsonRequired] DateTimeOffset At)
{
    private static readonly TimeSpan Cycle = TimeSpan.FromHours(12);

    /// <summary>
    /// Until when it holds an order; null: it does not. Neither where a certificate is missing, has ended or is in its last eighth, nor where it is revoked: then the order is more urgent than whatever the hook knows.
    /// </summary>
    public DateTimeOffset? HoldsUntil(CertificateFacts? certificate, IssueReasonKind because, DateTimeOffset now)
    {
        if (because is IssueReasonKind.Revoked || !Backoff.IsUsable(certificate, now)) return null;

        var (until, latest) = (At + Min(Cycle, Backoff.CapOf(certificate, At) ?? Cycle), RenewalTime.PressingAt(certificate));
        if (until > latest) until = latest;
        return Waits.Last(until, Cycle, now) ? until : null;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
