using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>What becomes of a label's stored records without any CA: taken over under another label, or removed.</summary>
internal sealed class StoredLabels(GenerationVault vault, Labels labels, LabelEvents events, TimeProvider time)
{
    /// <summary>The certificate that another label left behind is this label's as well, with what is known of its renewal. The other label's stays what it is, and goes in its time.</summary>
    public async Task TakeOverAsync(LabelEntry entry, LabelFacts from, StateSession session, CancellationToken cancellationToken)
    {
        var left = from.Certificate!;
        try
        {
            var stamp = GenerationId.NextStamp(entry.Certificate?.Generation, time.GetUtcNow());
            var generation = await vault.CopyAsync(session, (left.Label, left.Generation), entry.Label, entry.Certificate?.Generation, stamp, cancellationToken).ConfigureAwait(false);
            entry.Certificate = GenerationRecord.FactsOf(generation);
            entry.TookOver(left);
        }
        catch (DamagedRecordException)
        {
            // Then the label gets a certificate as any other one does.
            entry.TakesNothingOver = true;
            return;
        }

        var schedule = ScheduleChanges.AfterTakeOver(entry.Schedule, from.Schedule);
        await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
        entry.Schedule = schedule;
        events.Publish(new LabelEvent.TakenOver(entry.View(labels.WishOf(entry.Label)), left.Label));
        await vault.TidyAsync(session, entry.Label, entry.Certificate.Generation, cancellationToken, entry.Revocation?.Generations).ConfigureAwait(false);
    }

    /// <summary>
    /// A copy of the newest earlier certificate that can still be served is the label's newest generation: it is so after a restart, too. The schedule first: names that the earlier one lacks and that may be left out are not missed.
    /// </summary>
    /// <param name="asked">They asked together, and are told the same: each going back on its own would undo what the one before did.</param>
    public async Task RollBackAsync(LabelEntry entry, IReadOnlyList<RollBackRequest> asked, Situation situation, StateSession session, CancellationToken cancellationToken)
    {
        var fault = FaultOf(situation) ?? await GoBackAsync(entry, asked, situation, session, cancellationToken).ConfigureAwait(false);
        foreach (var request in asked) request.Fault = fault;
    }

    /// <summary>A certificate that another program obtained is the label's newest generation, unless the label has it already, or a newer one. The schedule first, as above.</summary>
    public async Task ImportAsync(LabelEntry entry, ImportRequest import, Situation situation, StateSession session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var verdict = Imports.Judge(import, situation, now);
        if (verdict.Outcome is not AcmeImportOutcome.Imported)
        {
            import.Verdict = verdict;
            return;
        }

        var generation = import.ToGeneration(entry.Label, GenerationId.NextStamp(entry.Certificate?.Generation, now));
        var facts = GenerationRecord.FactsOf(generation);
        var schedule = ScheduleChanges.AfterTakeOver(entry.Schedule, Schedule.Empty);
        if (situation.Wish is { } wish) schedule = RollBack.ScheduleWith(schedule, wish, facts);
        if (schedule != entry.Schedule) await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
        entry.Schedule = schedule;
        await vault.CommitAsync(session, generation, entry.Certificate?.Generation, cancellationToken).ConfigureAwait(false);
        entry.Certificate = facts;

        // What could not be written was not imported, and whoever asked is told why.
        import.Verdict = verdict;
        events.Publish(new LabelEvent.Imported(entry.View(situation.Wish)));
        await vault.TidyAsync(session, entry.Label, generation.Id, cancellationToken, entry.Revocation?.Generations).ConfigureAwait(false);
    }

    /// <summary>Removes all that is stored of the label but that it is on hold; the schedule last, so that a kill leaves no certificate without one.</summary>
    public async Task ForgetAsync(LabelEntry entry, StateSession session, CancellationToken cancellationToken)
    {
        var last = entry.View(null);
        await vault.RemoveAsync(session, entry.Label, cancellationToken).ConfigureAwait(false);
        if (entry.Revocation is not null) await session.DeleteAsync(RevocationRecord.Key(entry.Label), cancellationToken).ConfigureAwait(false);
        var kept = entry.Schedule.Hold is { } hold ? Schedule.Empty with { Hold = hold } : Schedule.Empty;
        if (kept.Hold is null) await session.DeleteAsync(ScheduleRecord.Key(entry.Label), cancellationToken).ConfigureAwait(false);
        else await ScheduleRecord.SaveAsync(session, entry.Label, kept, cancellationToken).ConfigureAwait(false);
        (entry.Certificate, entry.Schedule, entry.Revocation) = (null, kept, null);
        if (last.Certificate is not null) events.Publish(new LabelEvent.Forgotten(last));
        if (kept.Hold is null) labels.Forget(entry.Label);
    }

    /// <summary>Null: it is done; else why there is nothing to go back to.</summary>
    private async Task<string?> GoBackAsync(LabelEntry entry, IReadOnlyList<RollBackRequest> asked, Situation situation, StateSession session, CancellationToken cancellationToken)
    {
        string? first = null;
        var (wish, present, now) = (situation.Wish!, entry.Certificate!, time.GetUtcNow());
        var stored = await GenerationVault.ReadAllAsync(session, entry.Label, cancellationToken).ConfigureAwait(false);
        foreach (var earlier in stored.Where(generation => RollBack.CertificateOf(generation.Id) != RollBack.CertificateOf(present.Generation)))
        {
            var facts = GenerationRecord.FactsOf(earlier);
            var schedule = RollBack.ScheduleWith(entry.Schedule, wish, facts);
            if (RollBack.FaultOf(situation, wish, facts, schedule, now) is { } fault)
            {
                first ??= $"the one before, issued {earlier.Origin.IssuedAt:u}, cannot be served in its place: {fault}";
                continue;
            }

            await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
            entry.Schedule = schedule;
            var copy = await vault.CopyAsync(session, (entry.Label, earlier.Id), entry.Label, present.Generation, GenerationId.NextStamp(present.Generation, now), cancellationToken).ConfigureAwait(false);
            entry.Certificate = GenerationRecord.FactsOf(copy);
            var isRenewalDue = RollBack.IsRenewalDue(situation, wish, entry.Certificate, schedule, now);
            foreach (var request in asked) (request.IssuedAt, request.IsRenewalDue) = (earlier.Origin.IssuedAt, isRenewalDue);
            events.Publish(new LabelEvent.RolledBack(entry.View(wish), present.Generation, earlier.Id));
            await vault.TidyAsync(session, entry.Label, copy.Id, cancellationToken, entry.Revocation?.Generations).ConfigureAwait(false);
            return null;
        }

        return first ?? "no other certificate of it is stored";
    }

    /// <summary>Why there can be no going back, whatever is stored.</summary>
    private static string? FaultOf(Situation situation)
    {
        if (situation.Wish is null) return "nobody wishes it";
        if (situation.Damage is { } damage) return damage.Reason;
        if (situation.Certificate is null) return "it has no certificate";
        return situation.Order is null ? null : "an order is under way for it, and what that brings would be served next; ask again when it has ended";
    }
}
