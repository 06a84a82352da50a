using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Planning.Revocations;

/// <summary>
/// Certificates of a label that are to be revoked, or that the CA has revoked: on record from the moment somebody asks for it, or it is found, until another certificate has their place and the CA has revoked them all. Pure.
/// </summary>
/// <param name="Generations">A label's generations; more than one where a key is compromised.</param>
internal sealed record Revocation(
    [property: JsonRequired] DateTimeOffset Since,
    [property: JsonRequired] AcmeRevocationReason Reason,
    [property: JsonRequired] IReadOnlyList<string> Generations)
{
    /// <summary>
    /// The replacement comes first, so that no visitor sees a revoked certificate. Where somebody else has the key that must not last: this is the time within which a CA has to revoke once it knows
    /// (CA/Browser Forum, Baseline Requirements section 4.9.1.1), and no more is taken here.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>Those of <see cref="Generations"/> that the CA has revoked, or that have expired.</summary>
    public IReadOnlyList<string> Revoked { get => field ?? []; init; }

    /// <summary>The order that was in flight when the key was said to be compromised: its own lay beside that one. By its intent's id, since a clock that was ahead would make it every order.</summary>
    public string? KnownOrder { get; init; }

    /// <summary>Requests in a row that came to nothing.</summary>
    public int Failures { get; init; }

    /// <summary>The CA is not asked before: it may have asked for longer than the ladder ever does.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>When that was decided; null in records of an earlier version.</summary>
    public DateTimeOffset? TriedAt { get; init; }

    /// <summary>Why the last request came to nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>The CA need not be asked any more.</summary>
    [JsonIgnore]
    public bool IsDone => Generations.All(Revoked.Contains);

    /// <summary>As it counts by the present clock, where the CA's wait was noted by one that was ahead.</summary>
    public Revocation Corrected(DateTimeOffset now)
    {
        var corrected = AnotherClock.Noted(Since, now) ? this with { Since = now } : this;
        return Waits.Anew(NextAttempt, TriedAt, now) is { } next ? corrected with { NextAttempt = next, TriedAt = now } : corrected;
    }

    /// <summary>Whether the key may be the next certificate's, too.</summary>
    [JsonIgnore]
    public bool SparesKey => Reason is not AcmeRevocationReason.KeyCompromise;

    /// <summary>Whether somebody else may have the key of this order.</summary>
    public bool Knows(string order, bool reusesKey) => !SparesKey && (reusesKey || order == KnownOrder);

    /// <summary>Whether this certificate is one of those.</summary>
    public bool Concerns(CertificateFacts? certificate) => certificate is not null && Generations.Contains(certificate.Generation);

    /// <summary>Why another certificate is needed; null where the label has one that is not concerned.</summary>
    public IssueReason? NeedOf(CertificateFacts? certificate) =>
        !Concerns(certificate) ? null : new IssueReason(IssueReasonKind.Revoked, $"the present certificate {(IsRevoked(certificate!) ? "is revoked" : "is to be revoked")} ({Word(Reason)})");

    /// <summary>The CA is to be asked now. Where it has revoked the present certificate itself, nothing is gained by waiting with the others for a replacement.</summary>
    /// <param name="certificate">The label's present one.</param>
    /// <param name="isWished">Somebody wants another one in its place.</param>
    public bool IsDue(CertificateFacts? certificate, bool isWished, DateTimeOffset now)
    {
        if (IsDone || (NextAttempt is { } next && Waits.Last(next, Waits.LongestAsked, now))) return false;
        return !isWished || !Concerns(certificate) || IsRevoked(certificate!) || (!SparesKey && now >= Since + LongestWait);
    }

    /// <summary>There is nothing left to do but to forget it.</summary>
    public bool IsOver(CertificateFacts? certificate) => IsDone && !Concerns(certificate);

    /// <summary>Where it stands; null: it is over.</summary>
    /// <param name="certificate">The label's present one.</param>
    /// <param name="isWished">It is served until another one has its place.</param>
    public RevocationStage? StageOf(CertificateFacts? certificate, bool isWished)
    {
        if (!isWished || !Concerns(certificate)) return IsDone ? null : RevocationStage.Asking;
        return IsRevoked(certificate!) ? RevocationStage.Revoked : RevocationStage.Replacing;
    }

    /// <summary>When the CA may be to be asked by the clock alone; null: never.</summary>
    public DateTimeOffset? DueAfter(DateTimeOffset now)
    {
        if (IsDone) return null;
        if (NextAttempt is { } next && Waits.Last(next, Waits.LongestAsked, now)) return next;
        return !SparesKey && now < Since + LongestWait ? Since + LongestWait : null;
    }

    /// <summary>Of one that the CA was found to have revoked, too. What was wanted before goes on beside it; how long a replacement is in coming counts from now, unless it was in coming already.</summary>
    public Revocation WithFound(string generation, AcmeRevocationReason reason, DateTimeOffset now) => this with
    {
        Since = Generations.Contains(generation) ? Since : now,
        Generations = [.. Generations.Union([generation])],
        Revoked = [.. Revoked.Union([generation])],
        Reason = reason is AcmeRevocationReason.KeyCompromise ? reason : Reason,
    };

    private bool IsRevoked(CertificateFacts certificate) => Revoked.Contains(certificate.Generation);

    /// <summary>As it is written in a log.</summary>
    public static string Word(AcmeRevocationReason reason) => reason switch
    {
        AcmeRevocationReason.KeyCompromise => "key compromise",
        AcmeRevocationReason.AffiliationChanged => "affiliation changed",
        AcmeRevocationReason.Superseded => "superseded",
        AcmeRevocationReason.CessationOfOperation => "cessation of operation",
        _ => "no reason given",
    };
}
