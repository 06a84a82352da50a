using System.Runtime.InteropServices;

namespace AcmeKestrel.Lifecycle.Dispatching;

/// <summary>
/// Labels by the time something is due for them, and who is at work: a label is never handed out twice, a lane never has more at work than its slots, and what is asked
/// for while a label is at work is done right after it. One timer for all: a hundred thousand waiting labels cost an entry each. Nothing runs here; <see cref="Dispatcher"/> does that.
/// </summary>
/// <param name="laneOf">Labels of one lane share its slots: a slow CA takes no other's.</param>
/// <param name="slots">How many labels of a lane may be at work at once.</param>
internal sealed class DueQueue(Func<string, string> laneOf, int slots, TimeProvider time)
{
    /// <summary>More than this is no jitter of the clock: it was set back.</summary>
    private static readonly TimeSpan SetBack = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<string, (DateTime Due, long Ticket)> _heap = new();
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Queue<Lane> _ready = new();
    private DateTimeOffset _seen = time.GetUtcNow();
    private long _ticket;

    /// <summary>Something may be due earlier than it was, or a slot is free.</summary>
    public event Action? Changed;

    /// <summary>When the next label is due that can be begun; in the past: at once. Null: none.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
            {
                if (_ready.Count > 0) return _seen;
                DropStale();
                return _heap.TryPeek(out _, out var due) ? new DateTimeOffset(due.Due) : null;
            }
        }
    }

    /// <summary>How many labels wait for their time, wait for a slot, and are at work.</summary>
    public QueueDepth Depth
    {
        get
        {
            lock (_gate)
            {
                var (ready, running) = (_lanes.Values.Sum(lane => lane.Ready.Count), _lanes.Values.Sum(lane => lane.Running));
                return new QueueDepth(_places.Count - ready - running, ready, running);
            }
        }
    }

    /// <summary>The label is looked at then or earlier; what was set before is not delayed.</summary>
    public void Set(string label, DateTimeOffset due)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Look(now);
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, label, out _);
            if (place.State is PlaceState.Ready || place.Due <= due.UtcDateTime) return;

            place.Due = due.UtcDateTime;
            if (place.State is PlaceState.Waiting) Enqueue(label, ref place);
        }

        Changed?.Invoke();
    }

    /// <summary>Takes out the next label that is due and has a slot; null where there is none. <see cref="End"/> must follow.</summary>
    public string? TryBegin()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Look(now);
            ReadyWhatIsDue(now);
            if (!_ready.TryDequeue(out var lane)) return null;

            lane.IsOffered = false;
            var label = lane.Ready.Dequeue();
            ref var place = ref PlaceOf(label);
            (place.State, place.Lane) = (PlaceState.Running, lane);
            lane.Running++;
            Offer(lane);
            return label;
        }
    }

    /// <summary>The label is at work no longer and due again then, or earlier where it was asked for meanwhile: one step, so that nothing comes between.</summary>
    /// <param name="due">Null: when somebody asks for it.</param>
    public void End(string label, DateTimeOffset? due)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Look(now);
            ref var place = ref PlaceOf(label);
            var lane = place.Lane!;
            (place.State, place.Lane) = (PlaceState.Waiting, null);
            lane.Running--;
            Offer(lane);

            if (due is { } next && !(place.Due <= next.UtcDateTime)) place.Due = next.UtcDateTime;
            if (place.Due is null) _places.Remove(label);
            else Enqueue(label, ref place);
        }

        Changed?.Invoke();
    }

    private void Enqueue(string label, ref Place place)
    {
        place.Ticket = ++_ticket;
        _heap.Enqueue(label, (place.Due!.Value, place.Ticket));

        // A label that is set again and again must not leave an entry each time.
        if (_heap.Count <= (2 * _places.Count) + 64) return;
        var live = _heap.UnorderedItems.Where(item => IsLive(item.Element, item.Priority.Ticket)).ToList();
        _heap.Clear();
        _heap.EnqueueRange(live);
    }

    private void ReadyWhatIsDue(DateTimeOffset now)
    {
        while (true)
        {
            DropStale();
            if (!_heap.TryPeek(out var label, out var due) || due.Due > now.UtcDateTime) return;

            _heap.Dequeue();
            ref var place = ref PlaceOf(label);
            (place.State, place.Due) = (PlaceState.Ready, null);
            var lane = LaneOf(label);
            lane.Ready.Enqueue(label);
            Offer(lane);
        }
    }

    /// <summary>A lane stands in line once, while it has both a label and a slot.</summary>
    private void Offer(Lane lane)
    {
        var canBegin = lane.Ready.Count > 0 && lane.Running < slots;
        if (!canBegin || lane.IsOffered) return;

        lane.IsOffered = true;
        _ready.Enqueue(lane);
    }

    private void DropStale()
    {
        while (_heap.TryPeek(out var label, out var due) && !IsLive(label, due.Ticket)) _heap.Dequeue();
    }

    private bool IsLive(string label, long ticket) => _places.TryGetValue(label, out var place) && place.State is PlaceState.Waiting && place.Ticket == ticket;

    private ref Place PlaceOf(string label) => ref CollectionsMarshal.GetValueRefOrNullRef(_places, label);

    private Lane LaneOf(string label)
    {
        var name = laneOf(label);
        if (!_lanes.TryGetValue(name, out var lane)) _lanes[name] = lane = new Lane();
        return lane;
    }

    /// <summary>What was due by a clock that was ahead may be years away by the right one: all of it is looked at again, which costs no request.</summary>
    private void Look(DateTimeOffset now)
    {
        if (_seen - now > SetBack)
        {
            _heap.Clear();
            foreach (var label in _places.Where(known => known.Value.Due is not null).Select(known => known.Key).ToList())
            {
                ref var place = ref PlaceOf(label);
                place.Due = now.UtcDateTime;
                if (place.State is PlaceState.Waiting) Enqueue(label, ref place);
            }
        }

        _seen = now;
    }

    private enum PlaceState : byte
    {
        /// <summary>In the heap.</summary>
        Waiting,

        /// <summary>Due, and in its lane's line for a slot.</summary>
        Ready,

        /// <summary>At work.</summary>
        Running,
    }

    /// <summary>Of a hundred thousand labels there is one each.</summary>
    private struct Place
    {
        private long _due;

        public PlaceState State { get; set; }

        /// <summary>When it is looked at next; at work: what was asked for meanwhile.</summary>
        public DateTime? Due
        {
            readonly get => _due == 0 ? null : new DateTime(_due, DateTimeKind.Utc);
            set => _due = value is { } due ? Math.Max(due.Ticks, 1) : 0;
        }

        /// <summary>Tells its entry in the heap from older ones.</summary>
        public long Ticket { get; set; }

        public Lane? Lane { get; set; }
    }

    private sealed class Lane
    {
        public Queue<string> Ready { get; } = new();

        public int Running { get; set; }

        public bool IsOffered { get; set; }
    }
}
