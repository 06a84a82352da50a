using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;

namespace AcmeKestrel.Lifecycle;

/// <summary>Brings all that writes under a session into it, when the state was read: what they knew is of the one before.</summary>
internal sealed class SessionStart(
    Ledgers ledgers, AccountKeeper accounts, AnswerDesk desk, OrdersOnRecord onRecord, IEnumerable<IRecordedWishes> wishes, DeliveryStart deliveries, ExportQueue exports, WorkerGate gate)
{
    /// <summary>From now on nobody else writes, so what is read from now on is the truth, however long the rest of the state takes: wishes that were read meanwhile need not be read once more.</summary>
    public void Expect()
    {
        foreach (var recorded in wishes) recorded.LookAgain();
    }

    /// <param name="state">As it was read under the session. Nobody may be at work.</param>
    /// <param name="newest">The newest certificate of a label; null where it has none.</param>
    public async Task BeginAsync(StateSession session, IReadOnlyList<LoadedLabel> state, Func<string, CertificateFacts?> newest, CancellationToken cancellationToken)
    {
        ledgers.Begin(session, state.Select(loaded => loaded.OpenOrder).OfType<string>().ToHashSet(StringComparer.Ordinal));
        accounts.Forget();
        var inFlight = state.Select(loaded => loaded.Run?.Order).OfType<PendingOrder>().ToList();
        onRecord.Begin(inFlight);
        await desk.SweepAsync(session, inFlight, state.Where(loaded => loaded.HasUnreadOrder).Select(loaded => loaded.Label).ToHashSet(StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);
        await deliveries.BeginAsync(session, newest, cancellationToken).ConfigureAwait(false);
        gate.StateIsRead(session);
        exports.Begin();
    }

    /// <summary>A certificate that could not be read when the session began can be.</summary>
    /// <param name="newest">Its label's newest one.</param>
    public Task FoundAsync(StateSession session, CertificateFacts newest, CancellationToken cancellationToken) => deliveries.FoundAsync(session, newest, cancellationToken);
}
