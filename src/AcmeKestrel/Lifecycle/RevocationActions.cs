using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Revoking;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>Carries a revocation from its record to its end. What is to be done is on disk before anything is ordered or asked, so that a kill at any moment goes on with it.</summary>
internal sealed class RevocationActions(RevocationDesk desk, IAcmeSettings settings, LabelEvents events, HookDesk hooks, TimeProvider time)
{
    /// <summary>Revoked certificates that a schedule remembers: as many as generations are kept of a label, and some.</summary>
    private const int Remembered = 8;

    /// <summary>Keeps what was asked for. One that is asked for again while it is under way goes on sooner, and concerns nothing else: the replacement is not what was meant, unless it is an old one by now.</summary>
    public async Task BeginAsync(LabelEntry entry, Wish? wish, IReadOnlyList<RevocationRequest> asked, StateSession session, CancellationToken cancellationToken)
    {
        foreach (var request in asked)
        {
            if (await NextAsync(entry, request, session, cancellationToken).ConfigureAwait(false) is { } revocation && revocation != entry.Revocation)
            {
                var isNews = revocation.Generations != entry.Revocation?.Generations;
                if (isNews && request.Found is not null)
                {
                    await hooks.OweAsync(session, AcmeHookEvent.Revoked, entry.View(wish), $"by the CA: {Revocation.Word(request.Reason)}", cancellationToken, request.Found).ConfigureAwait(false);
                }

                await KeepAsync(entry, revocation, session, cancellationToken).ConfigureAwait(false);
                if (isNews) events.Publish(new LabelEvent.RevocationBegun(entry.View(wish), revocation, request));
            }

            request.IsKept = true;
        }
    }

    /// <inheritdoc cref="DecisionActions.CorrectAsync"/>
    public async Task CorrectAsync(LabelEntry entry, StateSession session, CancellationToken cancellationToken)
    {
        if (entry.Revocation?.Corrected(time.GetUtcNow()) is { } corrected && corrected != entry.Revocation) await KeepAsync(entry, corrected, session, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the CA for each certificate that it has not revoked yet.</summary>
    public async Task RevokeAsync(LabelEntry entry, Wish? wish, Revocation revocation, StateSession session, CancellationToken cancellationToken)
    {
        // One that cannot be revoked keeps none that can: the first trouble is told at the end.
        (string Id, RevocationAnswer Answer)? trouble = null;
        foreach (var id in revocation.Generations.Except(revocation.Revoked).ToList())
        {
            var answer = await AskAsync(entry, isWished: wish is not null, id, revocation, session, cancellationToken).ConfigureAwait(false);
            if (answer.Problem is not null || answer.Postponed is not null)
            {
                trouble ??= (id, answer);
                continue;
            }

            revocation = revocation with { Revoked = [.. revocation.Revoked, id], Failures = 0, NextAttempt = null, Problem = null };
            if (!answer.IsRevoked) continue;

            await hooks.OweAsync(session, AcmeHookEvent.Revoked, entry.View(wish), $"on request: {Revocation.Word(revocation.Reason)}", cancellationToken, id).ConfigureAwait(false);
            events.Publish(new LabelEvent.Revoked(entry.View(wish), id, revocation.Reason, answer.ByKey));
        }

        if (trouble is { } of) await PostponeAsync(entry, wish, revocation, of.Id, of.Answer, session, cancellationToken).ConfigureAwait(false);
        else await EndAsync(entry, revocation, session, cancellationToken).ConfigureAwait(false);
    }

    private async Task PostponeAsync(LabelEntry entry, Wish? wish, Revocation revocation, string id, RevocationAnswer answer, StateSession session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (answer.Postponed is { } later)
        {
            await KeepAsync(entry, revocation with { NextAttempt = later, TriedAt = now, Problem = answer.Problem }, session, cancellationToken).ConfigureAwait(false);
            return;
        }

        var (failures, problem) = (revocation.Failures + 1, answer.Problem!);
        var until = now + Backoff.Delay(failures, $"{entry.Label}#revocation", entry.Certificate, answer.RetryAfter, now);
        await KeepAsync(entry, revocation with { Failures = failures, NextAttempt = until, TriedAt = now, Problem = problem }, session, cancellationToken).ConfigureAwait(false);
        events.Publish(new LabelEvent.RevocationFailed(entry.View(wish), id, problem, until));
    }

    /// <summary>Null: there is nothing to revoke.</summary>
    private async Task<Revocation?> NextAsync(LabelEntry entry, RevocationRequest request, StateSession session, CancellationToken cancellationToken)
    {
        if (entry.Certificate is not { } certificate) return entry.Revocation;

        var present = entry.Revocation;
        var isWorse = request.Reason is AcmeRevocationReason.KeyCompromise && present is { SparesKey: true };
        if (request.Found is { } found)
        {
            // It may have been replaced since somebody looked, or somebody else may have said so.
            if (found != certificate.Generation || (present?.Revoked.Contains(found) is true && !isWorse)) return present;
            return present?.WithFound(found, request.Reason, time.GetUtcNow()) ?? new Revocation(time.GetUtcNow(), request.Reason, [found]) { Revoked = [found] };
        }

        if (present is not null && !isWorse && !IsNextCompromise(request, present, certificate)) return present with { NextAttempt = null };

        // Whoever has the one key had those that lie beside it, and one key may be that of several.
        IEnumerable<string> generations = request.Reason is AcmeRevocationReason.KeyCompromise
            ? (await GenerationVault.ReadAllAsync(session, entry.Label, cancellationToken).ConfigureAwait(false)).Where(stored => stored.Chain.NotAfter > time.GetUtcNow()).Select(stored => stored.Id).Append(certificate.Generation)
            : [certificate.Generation];
        return new Revocation(time.GetUtcNow(), request.Reason, [.. (present?.Generations ?? []).Union(generations)])
        {
            Revoked = present?.Revoked ?? [],
            KnownOrder = request.Reason is AcmeRevocationReason.KeyCompromise && entry.Run is { Order: { IsRehearsal: false, Id: var inFlight } } ? inFlight : null,
        };
    }

    /// <summary>Whoever asks again at once means what is under way. One that cannot end must not keep it unsaid that what has its place, and was served for as long as a replacement is waited for, is compromised as well.</summary>
    private bool IsNextCompromise(RevocationRequest request, Revocation present, CertificateFacts certificate) =>
        request.Reason is AcmeRevocationReason.KeyCompromise && !present.Concerns(certificate) && time.GetUtcNow() >= certificate.NotBefore + Revocation.LongestWait;

    private async Task<RevocationAnswer> AskAsync(LabelEntry entry, bool isWished, string id, Revocation revocation, StateSession session, CancellationToken cancellationToken)
    {
        // What a hand has removed cannot be shown to the CA, and one that has expired is refused by some.
        if (await session.ReadAsync(GenerationRecord.Key(entry.Label, id), cancellationToken).ConfigureAwait(false) is null) return RevocationAnswer.NothingToDo;
        if (await GenerationVault.TryReadAsync(session, entry.Label, id, cancellationToken).ConfigureAwait(false) is not { } generation) return RevocationAnswer.Failed($"{GenerationRecord.Key(entry.Label, id)} is damaged; restore or remove it");
        if (generation.Chain.NotAfter <= time.GetUtcNow()) return RevocationAnswer.NothingToDo;

        var ca = new CaKey(generation.Origin.DirectoryUrl);
        if (settings.Current.Providers.Values.FirstOrDefault(known => known.Ca == ca) is not { } provider) return RevocationAnswer.Failed($"no provider is configured for its CA, {generation.Origin.DirectoryUrl}");

        // What replaces one that the CA has revoked itself may be for the same key as that.
        var present = entry.Certificate is { } certificate && (!revocation.Concerns(certificate) || (isWished && certificate.Generation != id))
            ? await GenerationVault.TryReadAsync(session, entry.Label, certificate.Generation, cancellationToken).ConfigureAwait(false)
            : null;
        var isKeyInUse = present is not null && present.PrivateKeyPkcs8.Span.SequenceEqual(generation.PrivateKeyPkcs8.Span);
        return await desk.RevokeAsync(session, provider, generation, revocation.Reason, isKeyInUse, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The schedule first: what is revoked is never gone back to. The record goes when nothing of it is served any more.</summary>
    private static async Task EndAsync(LabelEntry entry, Revocation revocation, StateSession session, CancellationToken cancellationToken)
    {
        var schedule = entry.Schedule with { Revoked = [.. entry.Schedule.Revoked.Union(revocation.Generations.Select(RollBack.CertificateOf)).TakeLast(Remembered)] };
        await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
        entry.Schedule = schedule;

        if (revocation.Concerns(entry.Certificate))
        {
            await KeepAsync(entry, revocation, session, cancellationToken).ConfigureAwait(false);
            return;
        }

        await session.DeleteAsync(RevocationRecord.Key(entry.Label), cancellationToken).ConfigureAwait(false);
        entry.Revocation = null;
    }

    private static async Task KeepAsync(LabelEntry entry, Revocation revocation, StateSession session, CancellationToken cancellationToken)
    {
        await RevocationRecord.SaveAsync(session, entry.Label, revocation, cancellationToken).ConfigureAwait(false);
        entry.Revocation = revocation;
    }
}
