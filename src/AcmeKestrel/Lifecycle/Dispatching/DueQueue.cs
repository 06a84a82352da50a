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
    private readonly PriorityQueue<(string Label, long Ticket), (DateTimeOffset Due, long Ticket)> _heap = new();
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
                return _heap.TryPeek(out _, out var due) ? due.Due : null;
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
            if (!_places.TryGetValue(label, out var place)) _places[label] = place = new Place();
            if (place.State is PlaceState.Ready || place.Due <= due) return;

            place.Due = due;
            if (place.State is PlaceState.Waiting) Enqueue(label, place);
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
            var place = _places[label];
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
            var place = _places[label];
            var lane = place.Lane!;
            (place.State, place.Lane) = (PlaceState.Waiting, null);
            lane.Running--;
            Offer(lane);

            if (due is { } next && !(place.Due <= next)) place.Due = next;
            if (place.Due is null) _places.Remove(label);
            else Enqueue(label, place);
        }

        Changed?.Invoke();
    }

    private void Enqueue(string label, Place place)
    {
        place.Ticket = ++_ticket;
        _heap.Enqueue((label, place.Ticket), (place.Due!.Value, place.Ticket));

        // A label that is set again and again must not leave an entry each time.
        if (_heap.Count <= (2 * _places.Count) + 64) return;
        var live = _heap.UnorderedItems.Where(item => IsLive(item.Element)).ToList();
        _heap.Clear();
        _heap.EnqueueRange(live);
    }

    private void ReadyWhatIsDue(DateTimeOffset now)
    {
        while (true)
        {
            DropStale();
            if (!_heap.TryPeek(out var top, out var due) || due.Due > now) return;

            _heap.Dequeue();
            var place = _places[top.Label];
            (place.State, place.Due) = (PlaceState.Ready, null);
            var lane = LaneOf(top.Label);
            lane.Ready.Enqueue(top.Label);
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
        while (_heap.TryPeek(out var top, out _) && !IsLive(top)) _heap.Dequeue();
    }

    private bool IsLive((string Label, long Ticket) entry) => _places.TryGetValue(entry.Label, out var place) && place.State is PlaceState.Waiting && place.Ticket == entry.Ticket;

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
            foreach (var (label, place) in _places.Where(known => known.Value.Due is not null))
            {
                place.Due = now;
                if (place.State is PlaceState.Waiting) Enqueue(label, place);
            }
        }

        _seen = now;
    }

    private enum PlaceState
    {
        /// <summary>In the heap.</summary>
        Waiting,

        /// <summary>Due, and in its lane's line for a slot.</summary>
        Ready,

        /// <summary>At work.</summary>
        Running,
    }

    private sealed class Place
    {
        public PlaceState State { get; set; }

        /// <summary>When it is looked at next; at work: what was asked for meanwhile.</summary>
        public DateTimeOffset? Due { get; set; }

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
