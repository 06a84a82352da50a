using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
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

        var schedule = from.Schedule with { WishPrint = entry.Schedule.WishPrint, Failures = 0, Tries = 0, FailedChallenge = null, NextAttempt = null, NeedsHuman = false, Problem = null, NameProblems = null, AskedWait = entry.Schedule.AskedWait, Hold = entry.Schedule.Hold };
        await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
        entry.Schedule = schedule;
        events.Publish(new LabelEvent.TakenOver(entry.View(labels.WishOf(entry.Label)), left.Label));
        await vault.TidyAsync(session, entry.Label, entry.Certificate.Generation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes all that is stored of the label; the schedule last, so that a kill leaves no certificate without one.</summary>
    public async Task ForgetAsync(LabelEntry entry, StateSession session, CancellationToken cancellationToken)
    {
        var last = entry.View(null);
        await vault.RemoveAsync(session, entry.Label, cancellationToken).ConfigureAwait(false);
        await session.DeleteAsync(ScheduleRecord.Key(entry.Label), cancellationToken).ConfigureAwait(false);
        (entry.Certificate, entry.Schedule) = (null, Schedule.Empty);
        if (last.Certificate is not null) events.Publish(new LabelEvent.Forgotten(last));
        labels.Forget(entry.Label);
    }
}
