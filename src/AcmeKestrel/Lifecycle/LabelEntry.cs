using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle;

/// <summary>All that this process knows of a label. One runner at a time works on it; only <see cref="Wish"/> and <see cref="Force"/> are set from outside.</summary>
internal sealed class LabelEntry(string label)
{
    private readonly Lock _gate = new();
    private bool _running;
    private bool _again;
    private int _force;

    public string Label { get; } = label;

    /// <summary>Null: no longer wished; what is stored is served on.</summary>
    public Wish? Wish
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    public CertificateFacts? Served { get; set; }

    public Schedule Schedule { get; set; } = Schedule.Empty;

    /// <summary>The order in flight.</summary>
    public OrderRun? Run { get; set; }

    /// <summary>The order that was given up last because its wish changed.</summary>
    public PendingOrder? Abandoned { get; set; }

    /// <summary>Orders in a row that the CA did not know any more.</summary>
    public int Losses { get; set; }

    /// <summary>Why nothing is done; said once, not at every look.</summary>
    public string? HeldReason { get; set; }

    /// <summary>Why a stored record of the label cannot be used, or null.</summary>
    public string? Damage { get; set; }

    /// <summary>Takes over what was read from the state: another process may have moved it on.</summary>
    public void Adopt(LabelEntry stored) => (Served, Schedule, Run, Damage) = (stored.Served, stored.Schedule, stored.Run, stored.Damage);

    /// <summary>The next attempt is made now, whatever the backoff says.</summary>
    public void Force() => Volatile.Write(ref _force, 1);

    public bool TakeForce() => Interlocked.Exchange(ref _force, 0) == 1;

    /// <summary>False when a runner is at it already; it will be run once more then.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_running)
            {
                _again = true;
                return false;
            }

            return _running = true;
        }
    }

    /// <summary>True when it was asked for meanwhile.</summary>
    public bool End()
    {
        lock (_gate)
        {
            var again = _again;
            (_running, _again) = (false, false);
            return again;
        }
    }
}
