using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>What an application asks of single labels while it runs; each question is answered when its label has an outcome.</summary>
internal sealed class LabelDesk(IEnumerable<IRecordedWishes> recorded, WishFollower follower, Labels labels, StatusBoard board, ICertificatePublisher publisher, WorkerGate gate, Dispatcher dispatcher, TimeProvider time)
{
    private readonly RunTimeWishes _wishes = recorded.OfType<RunTimeWishes>().Single();

    public async Task<AcmeCertificateStatus> EnsureAsync(string label, AcmeCertificateRequest request, IReadOnlyList<AcmeIdentifier> names, CancellationToken cancellationToken)
    {
        await _wishes.PutAsync(Session($"The wish for '{label}' cannot be kept"), label, request, cancellationToken).ConfigureAwait(false);
        await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);

        // A stronger source may wish these names already, or have the label.
        var serving = labels.WishOf(label)?.Source == AcmeWishSource.Api ? label : labels.FindCovering(names[0].Value);
        if (serving is not null && await AskAsync(serving, new LabelRequest(), cancellationToken).ConfigureAwait(false) is { } status) return status;

        return board.Find(RunTimeWishRecord.OriginOf(label))
            ?? new AcmeCertificateStatus(label, request.Names, "", AcmeCertificateState.Held) { Origin = RunTimeWishRecord.OriginOf(label), Reason = "It was forgotten again meanwhile." };
    }

    /// <summary>False: neither the application nor a visitor wished it.</summary>
    public async Task<bool> ForgetAsync(string label, CancellationToken cancellationToken)
    {
        var (session, wasWished) = (Session($"The wish for '{label}' cannot be removed"), false);
        foreach (var wishes in recorded) wasWished |= await wishes.RemoveAsync(session, label, cancellationToken).ConfigureAwait(false);
        if (wasWished) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        return wasWished;
    }

    /// <summary>Where it stands, as soon as it has an outcome; nothing is asked for anew. Null: nobody wishes it.</summary>
    public Task<AcmeCertificateStatus?> SettleAsync(string label, CancellationToken cancellationToken) => AskAsync(label, new LabelRequest(), cancellationToken);

    public Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken) => AskAsync(label, new LabelRequest { IsForced = true }, cancellationToken);

    public Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken) => AskAsync(label, new LabelRequest { IsForced = true, Renews = true }, cancellationToken);

    public Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason, CancellationToken cancellationToken)
    {
        var hold = new Hold(time.GetUtcNow(), reason);
        return RescheduleAsync(label, new LabelRequest { Reschedule = schedule => schedule with { Hold = hold }, EndsWhenKept = true }, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken) =>
        RescheduleAsync(label, new LabelRequest { Reschedule = schedule => schedule with { Hold = null } }, cancellationToken);

    /// <summary>Null: nothing is stored of the label.</summary>
    public async Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken)
    {
        Session($"'{label}' cannot be revoked");
        await gate.WhenReadAsync(cancellationToken).ConfigureAwait(false);
        if (labels.WishOf(label) is null) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        if (labels.Find(label) is not { Certificate: not null }) return null;

        var request = new LabelRequest { IsForced = true, Revokes = new RevocationRequest(reason) };
        labels.Of(label).Post(request);
        dispatcher.Wake(label);
        var outcome = await dispatcher.WhileRunningAsync(request.Answered, cancellationToken).ConfigureAwait(false);
        var status = outcome is { Label.Wish: not null } ? LabelStatus.Of(outcome.Label, outcome.Decision, publisher.Unreachable) : null;
        if (!request.Revokes.IsKept) throw new StoreUnavailableException($"'{label}' cannot be revoked: {status?.Reason ?? "its record cannot be written"}");

        var pending = outcome?.Label.Revocation is { IsDone: false } revocation ? revocation : null;
        return new AcmeRevocationResult(label, isRevoked: pending is null) { Status = status, Problem = pending is null ? null : pending.Problem ?? status?.Reason ?? "the CA has not been asked yet" };
    }

    /// <summary>Null: nobody wishes the label.</summary>
    public async Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken)
    {
        Session($"'{label}' cannot be changed");
        var request = new LabelRequest { RollsBack = new RollBackRequest() };
        if (await AskAsync(label, request, cancellationToken).ConfigureAwait(false) is not { } status) return null;

        var (issuedAt, fault) = (request.RollsBack.IssuedAt, request.RollsBack.Fault);
        if (issuedAt is null && fault is null) throw new StoreUnavailableException($"'{label}' cannot be changed: {status.Reason}");
        return new AcmeRollBackResult(status, isRolledBack: issuedAt is not null) { IssuedAt = issuedAt, IsRenewalDue = request.RollsBack.IsRenewalDue, Problem = fault };
    }

    /// <param name="import">What comes of it stands in it afterwards.</param>
    public async Task ImportAsync(string label, ImportRequest import, CancellationToken cancellationToken)
    {
        var what = $"No certificate can be imported for '{label}'";
        Session(what);
        if (labels.WishOf(label) is null) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);

        var request = new LabelRequest { Imports = import };
        labels.Of(label).Post(request);
        dispatcher.Wake(label);
        var outcome = await dispatcher.WhileRunningAsync(request.Answered, cancellationToken).ConfigureAwait(false);
        if (import.Verdict is null) throw new StoreUnavailableException($"{what}: {(outcome?.Decision is Decision.Wait { Obstacle.Reason: var reason } ? reason : "the label is being removed; ask again")}");
    }

    private async Task<AcmeCertificateStatus?> RescheduleAsync(string label, LabelRequest request, CancellationToken cancellationToken)
    {
        Session($"'{label}' cannot be changed");
        var status = await AskAsync(label, request, cancellationToken).ConfigureAwait(false);
        if (status is not null && !request.IsKept) throw new StoreUnavailableException($"'{label}' cannot be changed: {status.Reason}");
        return status;
    }

    /// <summary>Null: nobody wishes it.</summary>
    private async Task<AcmeCertificateStatus?> AskAsync(string label, LabelRequest request, CancellationToken cancellationToken)
    {
        // Whoever asks right after the start, or after a change, is before those who read the wishes.
        if (labels.WishOf(label) is null) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        if (labels.WishOf(label) is null) return null;

        labels.Of(label).Post(request);
        dispatcher.Wake(label);
        return await dispatcher.WhileRunningAsync(request.Answered, cancellationToken).ConfigureAwait(false) is { Label.Wish: not null } outcome ? LabelStatus.Of(outcome.Label, outcome.Decision, publisher.Unreachable) : null;
    }

    private StateSession Session(string what) => gate.Held ?? throw new StoreUnavailableException($"{what}: {gate.HeldProblem}");
}
