using System.Collections.ObjectModel;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>A label's status in the words of the operator's view. Pure.</summary>
internal static class LabelStatus
{
    /// <summary>What a decision says of a wished label.</summary>
    /// <param name="unreachable">Why no visitor is shown what is published.</param>
    public static AcmeCertificateStatus Of(LabelView label, Decision decision, string? unreachable = null) => decision switch
    {
        Decision.Serve stored when unreachable is not null => Of(label, AcmeCertificateState.Held, unreachable, stored.RenewAt),
        Decision.Serve serve => Of(label, AcmeCertificateState.Served, next: serve.RenewAt),
        Decision.Wait { Obstacle.IsRest: true } when unreachable is not null => Of(label, AcmeCertificateState.Held, unreachable),
        Decision.Wait { Obstacle: { IsRest: true } rest } => Of(label, AcmeCertificateState.Served, rest.Reason),
        Decision.Wait { Obstacle: { Kind: ObstacleKind.Backoff } backoff } => Of(label, AcmeCertificateState.Failing, backoff.Reason, backoff.Until),
        Decision.Wait { Obstacle: { Kind: not ObstacleKind.CaAtWork } held } => Of(label, AcmeCertificateState.Held, held.Reason, held.Until),
        _ => Of(label, AcmeCertificateState.Ordering, label.Step),
    };

    /// <summary>What is said of a wished label before the first decision.</summary>
    /// <param name="isQuiet">What is stored of it satisfies its wish.</param>
    /// <param name="unreachable">As above.</param>
    public static AcmeCertificateStatus BeforeDecision(LabelView label, bool isQuiet, string? unreachable) =>
        !isQuiet ? Of(label, AcmeCertificateState.Waiting)
        : unreachable is null ? Of(label, AcmeCertificateState.Served)
        : Of(label, AcmeCertificateState.Held, unreachable);

    public static IReadOnlyList<AcmeExportStatus> Of(LabelEvent.Exported exported) =>
        [.. exported.Files.Select(file => new AcmeExportStatus(file.Path, file.Key) { Problem = file.Problem, NextAttempt = file.Problem is null ? null : exported.Again })];

    /// <param name="label">A wished one.</param>
    public static AcmeCertificateStatus Of(LabelView label, AcmeCertificateState state, string? reason = null, DateTimeOffset? next = null)
    {
        var (wish, certificate, schedule) = (label.Wish!, label.Certificate, label.Schedule);
        return new(label.Label, [.. wish.Required.Concat(wish.Optional).Select(name => name.Value)], wish.Provider, state)
        {
            Origin = wish.Origin,
            Reason = reason,
            Generation = certificate?.Generation,
            NotBefore = certificate?.NotBefore,
            NotAfter = certificate?.NotAfter,
            NextAttempt = next,
            Failures = schedule.Failures,
            Tries = schedule.Tries,
            LastProblem = schedule.Problem is { } problem ? new AcmeCertificateProblem(problem) { At = schedule.FailedAt, Names = schedule.NameProblems ?? ReadOnlyDictionary<string, string>.Empty } : null,
            WorkedChallenge = schedule.WorkedChallenge,
            PermanentRecords = schedule.PermanentRecords,
            HeldSince = schedule.Hold?.Since,
            HoldReason = schedule.Hold?.Reason,
            DroppedNames = certificate is null ? [.. schedule.Dropped] : [.. schedule.LeftOut.Union(schedule.Dropped)],
            DroppedProfile = certificate is { WishedProfile: { } wished } && certificate.Profile != wished ? wished : schedule.DroppedProfile,
            ProfileRemark = wish.ProfileRemark,
            RenewalWindow = certificate is not null && RenewalHints.Of(certificate, schedule)?.Window is { } window
                ? new AcmeRenewalWindow(window.Start, window.End) { Explanation = window.ExplanationUrl }
                : null,
            Revocation = label.Revocation is { } revocation ? Of(revocation, certificate) : null,
        };
    }

    /// <summary>One that the CA has revoked comes before an older one that it has yet to revoke.</summary>
    private static AcmePendingRevocation Of(Revocation revocation, CertificateFacts? certificate)
    {
        var isRevoked = revocation.IsDone || revocation.StageOf(certificate, isWished: true) is RevocationStage.Revoked;
        return new AcmePendingRevocation(revocation.Since, revocation.Reason) { IsRevoked = isRevoked, Problem = isRevoked ? null : revocation.Problem };
    }
}
