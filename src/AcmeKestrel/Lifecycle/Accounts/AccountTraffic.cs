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

    public AccountTraffic(IValidatingOrders orders, ILabelWaker labels, TimeProvider time)
    {
        (_orders, _labels, _time) = (orders, labels, time);
        orders.Ended += OnEnded;
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
                // With no step under way, and none taken during the look, whatever is being validated was on record when it was looked at.
                string? validating = null;
                if (IsQuiet(road) && (validating = await _orders.FindAsync(session, account, cancellationToken).ConfigureAwait(false)) is null && TryClose(road)) return new Closure(() => Open(road));
                if (_time.GetElapsedTime(begun) >= LongestClosing) throw new AcmeAccountException("Names of an order of the account were still being validated after an hour, while new orders waited; nothing has changed. Ask again when it has come to its end.");

                await MoveOf(road, validating).WaitAsync(BetweenLooks, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch
        {
            Open(road);
            throw;
        }
    }

    /// <summary>What moves from now on may have been seen before.</summary>
    private bool IsQuiet(Road road)
    {
        lock (_gate)
        {
            road.Moved.Clear();
            return road.Steps.Count == 0;
        }
    }

    /// <summary>Completes when there is something new to see. A look reads all orders, so one for each step of all of them would be a square.</summary>
    /// <param name="road">The account's.</param>
    /// <param name="label">Whose order was seen; null: steps are under way, and any that ends may be the last one.</param>
    private Task MoveOf(Road road, string? label)
    {
        lock (_gate)
        {
            if (label is null ? road.Steps.Count == 0 : road.Moved.Contains(label)) return Task.CompletedTask;

            (road.Awaited, road.Signal) = (label, NewSignal());
            return road.Signal.Task;
        }
    }

    private bool TryClose(Road road)
    {
        lock (_gate) return road.IsClosed = road.Steps.Count == 0 && road.Moved.Count == 0;
    }

    private void Open(Road road)
    {
        string[] waiting;
        lock (_gate)
        {
            (road.Reason, road.IsClosed) = (null, false);
            road.Moved.Clear();
            waiting = [.. road.Waiting];
            road.Waiting.Clear();
        }

        road.Works.Release();
        foreach (var label in waiting) _labels.Wake(label);
    }

    private void Leave(Road road, string label)
    {
        lock (_gate)
        {
            road.Steps.Remove(label);
            Tell(road, label);
        }
    }

    private void OnEnded(AccountName account, string label)
    {
        lock (_gate)
        {
            if (_roads.TryGetValue(account, out var road)) Tell(road, label);
        }
    }

    private static void Tell(Road road, string label)
    {
        if (road.Reason is null) return;

        road.Moved.Add(label);
        if (road.Awaited is null || road.Awaited == label) road.Signal.TrySetResult();
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

        /// <summary>Labels whose orders took a step, or ended, since the last look.</summary>
        public HashSet<string> Moved { get; } = new(StringComparer.Ordinal);

        /// <summary>The only label whose move matters; null: any one's does.</summary>
        public string? Awaited { get; set; }

        public TaskCompletionSource Signal { get; set; } = NewSignal();

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
