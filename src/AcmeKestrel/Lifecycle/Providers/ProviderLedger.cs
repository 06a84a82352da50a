using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// What this state spent of one CA's limits. Debits are on disk before the request they are for; debits that come while a write is under way share the next one,
/// so two hundred orders cost a handful of writes.
/// </summary>
internal sealed class ProviderLedger : IDisposable
{
    private readonly FencedStore _store;
    private readonly RecordKey _key;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly LedgerState _state;
    private long _changes;
    private long _written;

    public ProviderLedger(FencedStore store, RecordKey key, LedgerState state, TimeProvider time)
    {
        (_store, _key, _state, _time) = (store, key, state, time);
        Circuit = new ProviderCircuit(this, state.Circuit, time);
    }

    public ProviderCircuit Circuit { get; }

    /// <summary>Whether the costs could be taken now; nothing is spent.</summary>
    public LedgerRefusal? Refuses(IReadOnlyList<LedgerCost> costs)
    {
        lock (_gate) return _state.Refuses(costs, _time.GetUtcNow());
    }

    /// <summary>Takes all of the costs or none; on disk when it returns. What was reserved under this tag before is not taken again.</summary>
    public async Task<LedgerRefusal?> ReserveAsync(string tag, IReadOnlyList<LedgerCost> costs, CancellationToken cancellationToken)
    {
        if (costs.Count == 0) return null;

        long change;
        lock (_gate)
        {
            if (!_state.Reservations.ContainsKey(tag))
            {
                if (TryDebit(costs) is { } refusal) return refusal;
                _state.Reservations[tag] = [.. costs.Select(cost => cost.Bucket)];
                _changes++;
            }

            change = _changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Takes costs that come due with every request, whatever becomes of it.</summary>
    public async Task<LedgerRefusal?> SpendAsync(IReadOnlyList<LedgerCost> costs, CancellationToken cancellationToken)
    {
        if (costs.Count == 0) return null;

        long change;
        lock (_gate)
        {
            if (TryDebit(costs) is { } refusal) return refusal;
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Ends a reservation: what was not spent is credited. The costs are the ones it was made for.</summary>
    public async Task SettleAsync(string tag, bool spent, IReadOnlyList<LedgerCost> costs, CancellationToken cancellationToken)
    {
        long change;
        lock (_gate)
        {
            if (!_state.Reservations.Remove(tag, out var buckets)) return;
            if (!spent)
            {
                foreach (var cost in costs.Where(cost => buckets.Contains(cost.Bucket))) _state.Credit(cost);
            }

            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
    }

    internal async Task KeepCircuitAsync(CircuitState? circuit, CancellationToken cancellationToken)
    {
        long change;
        lock (_gate)
        {
            _state.Circuit = circuit;
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _writer.Dispose();

    private LedgerRefusal? TryDebit(IReadOnlyList<LedgerCost> costs)
    {
        var now = _time.GetUtcNow();
        if (_state.Refuses(costs, now) is { } refusal) return refusal;

        _state.Debit(costs, now);
        return null;
    }

    /// <summary>Group commit: whoever gets the writer writes everything that has changed by then; the others find their change written.</summary>
    private async Task FlushAsync(long change, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _written) >= change) return;

        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_written >= change) return;

            long upTo;
            RecordContent content;
            lock (_gate)
            {
                upTo = _changes;
                _state.Prune(_time.GetUtcNow());
                content = new RecordContent([FencedStore.Json("ledger.json", _state, LifecycleJson.Default.LedgerState)]);
            }

            await _store.WriteAsync(_key, content, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _written, upTo);
        }
        finally
        {
            _writer.Release();
        }
    }
}
