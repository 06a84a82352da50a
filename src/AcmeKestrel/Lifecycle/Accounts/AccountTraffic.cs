using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// Which orders work with an account, so that its key is changed between them and never under them: what is shown to a CA's probe is made with the key.
/// While an account is closing, no order begins and those that have begun end; then it is closed to all for the moment of the change.
/// </summary>
internal sealed class AccountTraffic
{
    /// <summary>An order that another process ended meanwhile tells nobody here.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(15);

    /// <summary>New orders of the account are held for so long at most: a CA may ask to be left alone with one for a week.</summary>
    private static readonly TimeSpan LongestClosing = TimeSpan.FromHours(1);

    private readonly IValidatingOrders _orders;
    private readonly ILabelWaker _labels;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<AccountName, Road> _roads = [];
    private TaskCompletionSource _moved = NewSignal();

    public AccountTraffic(IValidatingOrders orders, ILabelWaker labels, TimeProvider time)
    {
        (_orders, _labels, _time) = (orders, labels, time);
        orders.Ended += Signal;
    }

    /// <summary>Why orders of the account wait, and whether all of them do or only those that have not begun; null where none does.</summary>
    public (string Reason, bool IsClosed)? ClosingOf(AccountName account)
    {
        lock (_gate) return _roads.TryGetValue(account, out var road) && road.Reason is { } reason ? (reason, road.IsClosed) : null;
    }

    /// <summary>The label's order takes a step, which disposal ends. Null where it may not any more.</summary>
    /// <param name="begins">It is a new order.</param>
    public IDisposable? TryEnter(AccountName account, string label, bool begins)
    {
        lock (_gate)
        {
            var road = RoadOf(account);
            if (road.Keeps(begins)) return null;

            road.Steps.Add(label);
            return new Closure(() => Leave(road, label));
        }
    }

    /// <summary>The label waits and will be woken. False where it need not any more.</summary>
    public bool Park(AccountName account, string label, bool begins)
    {
        lock (_gate)
        {
            var road = RoadOf(account);
            if (!road.Keeps(begins)) return false;

            road.Waiting.Add(label);
            return true;
        }
    }

    /// <summary>Returns when the account is closed to all orders; it is opened again by disposal. One at a time.</summary>
    /// <param name="reason">Shown for the names that wait.</param>
    /// <exception cref="AcmeAccountException">Orders did not end in time.</exception>
    public async Task<IDisposable> CloseAsync(StateSession session, AccountName account, string reason, CancellationToken cancellationToken)
    {
        Road road;
        lock (_gate) road = RoadOf(account);

        await road.Works.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var begun = _time.GetTimestamp();
            lock (_gate) road.Reason = reason;
            while (true)
            {
                Task moved;
                lock (_gate) moved = _moved.Task;

                // With no step under way, and no order let in, none comes to be validated between the looks: whatever is being validated is on record.
                if (IsQuiet(road) && !await _orders.AnyAsync(session, account, cancellationToken).ConfigureAwait(false) && TryClose(road)) return new Closure(() => Open(road));
                if (_time.GetElapsedTime(begun) >= LongestClosing) throw new AcmeAccountException("Names of an order of the account were still being validated after an hour, while new orders waited; nothing has changed. Ask again when it has come to its end.");

                await moved.WaitAsync(BetweenLooks, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
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
        foreach (var label in waiting) _labels.Wake(label);
    }

    private void Leave(Road road, string label)
    {
        lock (_gate) road.Steps.Remove(label);
        Signal();
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

        /// <summary>Whether an order must wait.</summary>
        public bool Keeps(bool begins) => Reason is not null && (IsClosed || begins);
    }

    private sealed class Closure(Action open) : IDisposable
    {
        private Action? _open = open;

        public void Dispose() => Interlocked.Exchange(ref _open, null)?.Invoke();
    }
}
