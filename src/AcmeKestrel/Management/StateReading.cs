using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>Reads the state, the orders in flight and the wishes into a process that does nothing with them.</summary>
internal sealed class StateReading(IAcmeStore store, LabelLoader loader, Labels labels, Ledgers ledgers, WishFollower wishes, StateLease lease)
{
    /// <returns>Something to read under; whoever writes with it has made a mistake.</returns>
    public async Task<StateSession> BeginAsync(CancellationToken cancellationToken)
    {
        if (lease.WasAsked) throw new InvalidOperationException("The host was started: the state is the worker's.");

        var session = StateSession.ForReading(store);
        var state = await loader.LoadRestAsync(await loader.LoadCertificatesAsync((_, _) => { }, null, cancellationToken).ConfigureAwait(false), session, cancellationToken).ConfigureAwait(false);
        labels.Adopt(state);
        ledgers.Begin(session, state.Select(loaded => loaded.OpenOrder).OfType<string>().ToHashSet(StringComparer.Ordinal));
        await wishes.ReadAsync(cancellationToken).ConfigureAwait(false);
        return session;
    }

    public async Task ReadScheduleAsync(LabelEntry entry, CancellationToken cancellationToken)
    {
        if (!entry.IsRead) entry.AdoptSchedule(await loader.LoadScheduleAsync(entry.Label, cancellationToken).ConfigureAwait(false));
    }
}
