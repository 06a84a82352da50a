using AcmeKestrel.Lifecycle.Ordering;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// Which orders work with an account, so that its key is changed between them and never under them: what is shown to a CA's probe is made with the key.
/// While an account is closing, no order begins and those that have begun end; then it is closed to all for the moment of the change.
/// </summary>
internal sealed class AccountTraffic
{
    private readonly OrderJournal _journal;
    private readonly Lock _gate = new();
    private readonly Dictionary<AccountName, Road> _roads = [];
    private TaskCompletionSource _moved = NewSignal();

    public AccountTraffic(OrderJournal journal)
    {
        _journal = journal;
        journal.Cleared += Signal;
    }

    /// <summary>The orders that waited may go on.</summary>
    public event Action<IReadOnlyCollection<string>>? Released;

    /// <summary>Null when the order may take its next step, which <see cref="Leave"/> ends; else why it waits. It is told through <see cref="Released"/>.</summary>
    public string? Enter(AccountName account, OrderRun run)
    {
        lock (_gate)
        {
            var road = RoadOf(account);
            if (road.Reason is { } reason && (road.IsClosed || run.Order.Progress is OrderProgress.Intent))
            {
                road.Waiting.Add(run.Order.Label);
                return reason;
            }

            road.Steps.Add(run.Order.Label);
            return null;
        }
    }

    public void Leave(AccountName account, string label)
    {
        lock (_gate) RoadOf(account).Steps.Remove(label);
        Signal();
    }

    /// <summary>Returns when the account is closed to all orders; it is opened again by disposal. One at a time.</summary>
    /// <param name="reason">Shown for the names that wait.</param>
    public async Task<IDisposable> CloseAsync(AccountName account, string reason, CancellationToken cancellationToken)
    {
        Road road;
        lock (_gate) road = RoadOf(account);

        await road.Works.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lock (_gate) road.Reason = reason;
            while (true)
            {
                Task moved;
                lock (_gate) moved = _moved.Task;

                // With no step under way, and no order let in, none comes to be validated between the looks: whatever is being validated is on record.
                if (IsQuiet(road) && !await _journal.IsValidatingAsync(account, cancellationToken).ConfigureAwait(false) && TryClose(road)) return new Closure(() => Open(road));
                await moved.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            Open(road);
            throw;
        }
    }

    private bool IsQuiet(Road road)
    {
        lock (_gate) return road.Steps.Count == 0;
    }

    private bool TryClose(Road road)
    {
        lock (_gate) return road.IsClosed = road.Steps.Count == 0;
    }

    private void Open(Road road)
    {
        string[] waiting;
        lock (_gate)
        {
            (road.Reason, road.IsClosed) = (null, false);
            waiting = [.. road.Waiting];
            road.Waiting.Clear();
        }

        road.Works.Release();
        if (waiting.Length > 0) Released?.Invoke(waiting);
    }

    private void Signal()
    {
        TaskCompletionSource signal;
        lock (_gate) (signal, _moved) = (_moved, NewSignal());
        signal.TrySetResult();
    }

    private Road RoadOf(AccountName account)
    {
        if (!_roads.TryGetValue(account, out var road)) _roads[account] = road = new Road();
        return road;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Road
    {
        /// <summary>Held by whoever changes the account.</summary>
        public SemaphoreSlim Works { get; } = new(1, 1);

        public string? Reason { get; set; }

        public bool IsClosed { get; set; }

        public HashSet<string> Steps { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Waiting { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Closure(Action open) : IDisposable
    {
        private Action? _open = open;

        public void Dispose() => Interlocked.Exchange(ref _open, null)?.Invoke();
    }
}
