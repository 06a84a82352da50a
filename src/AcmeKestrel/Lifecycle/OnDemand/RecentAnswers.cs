namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>What was answered a moment ago, so that it is not asked again at once. Bounded: when there are too many, those that came first go.</summary>
internal sealed class RecentAnswers(TimeProvider time)
{
    /// <summary>Twice as many at most, in two halves of which the older one goes.</summary>
    private const int MaxOfAHalf = 8192;

    /// <summary>An owner who has just set a name up waits no longer for it, and an endpoint that is asked without need is asked once a minute.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>Of an endpoint that has trouble.</summary>
    private static readonly TimeSpan FailureKept = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private Dictionary<string, (PermissionAnswer Answer, long At)> _young = new(StringComparer.Ordinal);
    private Dictionary<string, (PermissionAnswer Answer, long At)> _old = new(StringComparer.Ordinal);

    /// <summary>Names that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _young.Count + _old.Count;
        }
    }

    /// <summary>Null: nobody was asked lately.</summary>
    public PermissionAnswer? Find(string name)
    {
        lock (_gate)
        {
            if (!_young.TryGetValue(name, out var known) && !_old.TryGetValue(name, out known)) return null;
            return time.GetElapsedTime(known.At) < (known.Answer is PermissionAnswer.Failed ? FailureKept : Kept) ? known.Answer : null;
        }
    }

    public void Add(string name, PermissionAnswer answer)
    {
        lock (_gate)
        {
            if (_young.Count >= MaxOfAHalf && !_young.ContainsKey(name)) (_old, _young) = (_young, new(StringComparer.Ordinal));
            _young[name] = (answer, time.GetTimestamp());
        }
    }
}
