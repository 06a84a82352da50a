using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>Asks a label's CA when to renew (RFC 9773), while there is nothing else to do for it, and keeps the answer.</summary>
internal sealed class RenewalInquiry(RenewalDesk desk, IAcmeSettings settings, LabelEvents events)
{
    /// <summary>For a run of the label: a place to ask in that is kept for it, and goes to the next one if it is not used. Null: none is.</summary>
    public IDisposable? TurnOf(string label) => desk.TurnOf(label);

    /// <summary>The decision as it is without an answer; null: an answer is there, plan again.</summary>
    public async Task<Decision.Serve?> AskAsync(LabelEntry entry, LabelView view, Decision.Serve serve, StateSession session, CancellationToken cancellationToken)
    {
        var (certificate, known) = (entry.Certificate!, RenewalHints.Of(entry.Certificate!, entry.Schedule));
        var reply = await desk.AskAsync(serve.Provider, certificate, known, cancellationToken).ConfigureAwait(false);
        if (reply.Hint is not { } hint) return serve with { AskAt = reply.Later, IsAsking = !reply.IsQuiet };

        // That a CA still has no renewal info is known of all its certificates after one question: a write for each of them, each day, would say nothing.
        var schedule = entry.Schedule with { Renewal = hint };
        if (hint.IsEmpty && known is { IsEmpty: true }) entry.Schedule = schedule;
        else await KeepAsync(entry, view, schedule, session, cancellationToken).ConfigureAwait(false);
        var policy = settings.Current.Renewal;
        if (hint.Window is { } window && window != known?.Window && RenewalTime.IsHurried(certificate, entry.Schedule, policy))
        {
            events.Publish(new LabelEvent.RenewalHurried(view, window, RenewalTime.DueAt(certificate, entry.Schedule, policy)));
        }

        return null;
    }

    /// <summary>What cannot be written counts all the same: a full disk is no reason to ask the CA again and again, nor to hold a name that is served.</summary>
    private async Task KeepAsync(LabelEntry entry, LabelView view, Schedule schedule, StateSession session, CancellationToken cancellationToken)
    {
        try
        {
            await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritten) when (unwritten is StoreUnavailableException or StoreConflictException)
        {
            events.Publish(new LabelEvent.RenewalInfoNotKept(view, unwritten.Message));
        }

        entry.Schedule = schedule;
    }
}
