using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// What this state spent of one CA's limits. Debits are on disk before the request they are for; debits that come while a write is under way share the next one,
/// so two hundred orders cost a handful of writes. A write holds what changed, not all that was spent.
/// </summary>
internal sealed class ProviderLedger : IDisposable
{
    private readonly LedgerRecords _records;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writer = new(1, 1);
    private LedgerState _state;
    private ProviderLimits _limits;
    private DateTimeOffset _seen;
    private LedgerChanges _unwritten = LedgerChanges.None;
    private long _changes;
    private long _written;

    public ProviderLedger(LedgerRecords records, LedgerState state, ProviderLimits limits, ILabelWaker labels, TimeProvider time)
    {
        (_records, _limits, _time, _seen) = (records, limits, time, time.GetUtcNow());
        _state = state.By(limits, state.At, _seen).Corrected(limits, _seen) with { Circuit = state.Circuit?.Corrected(_seen) };
        Circuit = new ProviderCircuit(_state.Circuit, KeepCircuitAsync, labels, time);
    }

    public ProviderCircuit Circuit { get; }

    /// <summary>As it was when it changed last, for whoever only looks.</summary>
    public LedgerState Snapshot
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <inheritdoc cref="LedgerState.IsFresh"/>
    public bool IsFresh => Snapshot.IsFresh(_time.GetUtcNow());

    /// <summary>As it is now, for a plan.</summary>
    /// <param name="limits">The CA's, as they are configured.</param>
    public LedgerState Look(ProviderLimits limits)
    {
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            Look(now);
            if (limits != _limits) (_limits, _state) = (limits, _state.Corrected(limits, now));
            return _state with { Circuit = Circuit.State };
        }
    }

    /// <summary>Takes all of the costs or none; on disk when it returns. What was reserved under this tag before is not taken again.</summary>
    public async Task<LedgerRefusal?> ReserveAsync(string tag, IReadOnlyList<LedgerCost> costs, CancellationToken cancellationToken)
    {
        if (costs.Count == 0) return null;

        long change;
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            Look(now);
            if (!_state.Reservations.ContainsKey(tag))
            {
                if (_state.RefusalOf(costs, now) is { } refusal) return refusal;
                _state = _state.Reserve(tag, costs, now);
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
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            Look(now);
            if (_state.RefusalOf(costs, now) is { } refusal) return refusal;
            _state = _state.Debit(costs, now);
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Ends a reservation: what was not spent is credited.</summary>
    public async Task SettleAsync(string tag, bool spent, CancellationToken cancellationToken)
    {
        long change;
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            var settled = _state.Settle(tag, spent, now);
            if (settled == _state) return;

            _state = settled;
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An account is to have another mail address, by which its limits are counted here; until it is moved it has spent by either.</summary>
    public Task CopyAsync(AccountName from, AccountName to, CancellationToken cancellationToken) => RenameAsync(from, to, (state, now) => state.Copied(from, to, now), cancellationToken);

    /// <summary>An account has another mail address.</summary>
    public Task MoveAsync(AccountName from, AccountName to, CancellationToken cancellationToken) => RenameAsync(from, to, (state, now) => state.Moved(from, to, now), cancellationToken);

    /// <summary>What a validation says about the challenge types that new names are tried with.</summary>
    public async Task LearnAsync(string challenge, bool worked, CancellationToken cancellationToken)
    {
        long change;
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            var learned = _state.Learned(challenge, worked, now);
            if (learned == _state) return;

            _state = learned;
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _writer.Dispose();

    private async Task RenameAsync(AccountName from, AccountName to, Func<LedgerState, DateTimeOffset, LedgerState> renamed, CancellationToken cancellationToken)
    {
        if (from == to) return;

        long change;
        lock (_gate)
        {
            _state = renamed(_state, _time.GetUtcNow());
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As it is now: of two who changed it at once the one that was first may come here last.</summary>
    private async Task KeepCircuitAsync(CancellationToken cancellationToken)
    {
        long change;
        lock (_gate)
        {
            _state = _state with { Circuit = Circuit.State };
            change = ++_changes;
        }

        await FlushAsync(change, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notices that the clock was set back: no bucket owes more than its window, and no pause lasts longer than it was to.</summary>
    private void Look(DateTimeOffset now)
    {
        _state = _state.By(_limits, _seen, now);
        if (AnotherClock.Noted(_seen, now)) _state = _state with { Circuit = Circuit.Correct(now) };
        _seen = now;
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
            LedgerState state;
            (int Level, LedgerChanges Changes)? room;
            var now = _time.GetUtcNow();
            await _records.CheckAsync(now, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                Look(now);
                upTo = _changes;
                _unwritten = _unwritten.With(_state.Changes);
                room = _records.RoomFor(_unwritten);

                // Time to let go of what says nothing any more.
                if (room is null) _state = _state.Pruned(_limits, now);
                state = _state = _state with { At = now, Changes = LedgerChanges.None };
            }

            await _records.WriteAsync(state, room, cancellationToken).ConfigureAwait(false);
            _unwritten = LedgerChanges.None;
            Volatile.Write(ref _written, upTo);
        }
        finally
        {
            _writer.Release();
        }
    }
}
