using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Dispatching;

/// <summary>Labels by the time something is due for them. One timer for all: a hundred thousand waiting names cost a heap entry each.</summary>
internal sealed class DueQueue : IDisposable
{
    /// <summary>A timer counts the time that passes, not the clock: that the clock was set, or that the machine slept, is noticed within this.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(string Label, long Ticket), DateTimeOffset> _heap = new();
    private readonly Dictionary<string, long> _tickets = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewSignal();
    private DateTimeOffset _seen;
    private long _ticket;

    public DueQueue(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Signal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The label is due then, and not at the time it was due before.</summary>
    public void Set(string label, DateTimeOffset due)
    {
        lock (_gate)
        {
            _tickets[label] = ++_ticket;
            _heap.Enqueue((label, _ticket), due);
            if (_heap.Count > (2 * _tickets.Count) + 64) DropStale();
        }

        Signal();
    }

    public void SetNow(string label) => Set(label, _time.GetUtcNow());

    public void Remove(string label)
    {
        lock (_gate) _tickets.Remove(label);
    }

    /// <summary>Waits for the next due label and takes it out.</summary>
    public async Task<string> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_changed.Task.IsCompleted) _changed = NewSignal();
                changed = _changed.Task;
            }

            // Looked at after the signal was renewed: nothing that is set meanwhile is missed.
            if (TryTake(out var label, out var wait)) return label;

            _timer.Change(wait is { } time ? (time < LongestTimer ? time : LongestTimer) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>A label that is set again and again must not leave an entry each time.</summary>
    private void DropStale()
    {
        var live = _heap.UnorderedItems.Where(item => _tickets.GetValueOrDefault(item.Element.Label) == item.Element.Ticket).ToList();
        _heap.Clear();
        _heap.EnqueueRange(live);
    }

    private bool TryTake(out string label, out TimeSpan? wait)
    {
        lock (_gate)
        {
            NoticeSetBack();
            while (_heap.TryPeek(out var top, out var due))
            {
                if (_tickets.GetValueOrDefault(top.Label) != top.Ticket)
                {
                    _heap.Dequeue();
                    continue;
                }

                wait = due - _time.GetUtcNow();
                if (wait > TimeSpan.Zero) break;

                _heap.Dequeue();
                _tickets.Remove(top.Label);
                label = top.Label;
                return true;
            }

            wait = _heap.TryPeek(out _, out var next) ? Max(next - _time.GetUtcNow(), TimeSpan.Zero) : null;
            label = "";
            return false;
        }
    }

    /// <summary>What was due by a clock that was ahead may be years away by the right one: all of it is looked at again, which costs no request.</summary>
    private void NoticeSetBack()
    {
        var now = _time.GetUtcNow();
        if (_seen - now > LongestTimer)
        {
            _heap.Clear();
            foreach (var (label, ticket) in _tickets) _heap.Enqueue((label, ticket), now);
        }

        _seen = now;
    }

    private void Signal()
    {
        TaskCompletionSource signal;
        lock (_gate) signal = _changed;
        signal.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
