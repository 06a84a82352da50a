using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>
/// What one hook is owed, in the order in which it is told, and how it fails: of each for itself, and of what has changed as one, unless the hook takes one at a time. A hook that was away for a while is owed a hundred thousand notices,
/// so nothing that is asked here looks at all of them. Not for two at once.
/// </summary>
/// <param name="before">How it failed when the process before ended: whatever it is owed begins with that.</param>
internal sealed class HookQueue(HookTrouble? before = null)
{
    /// <summary>What changes in one run comes together: so long nothing may have come before it is told, and no longer is waited.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestGathering = TimeSpan.FromSeconds(15);

    /// <summary>What comes while a hook fails is reason to try it sooner than the ladder says, but not all the time.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMinutes(1);

    /// <summary>In one call; the others in the next.</summary>
    private const int Most = 1000;

    private readonly Dictionary<NoticeName, QueuedNotice> _owed = [];

    /// <summary>What happened to single certificates, and was not told of yet.</summary>
    private readonly SortedSet<QueuedNotice> _untried = new(QueuedNotice.ByTruth);

    private readonly SortedSet<QueuedNotice> _failed = new(QueuedNotice.ByAttempt);
    private readonly SortedSet<QueuedNotice> _worst = new(QueuedNotice.ByFailures);
    private readonly SortedSet<QueuedNotice> _changes = new(QueuedNotice.ByTruth);

    /// <summary>Of a hook that takes one at a time.</summary>
    private readonly SortedSet<QueuedNotice> _failedChanges = new(QueuedNotice.ByAttempt);

    private HookTrouble? _before = before;
    private HookTrouble? _ofChanges;
    private DateTimeOffset? _failedAt;
    private int _owedChanges;
    private long _came;

    /// <summary>What is only to be expected is among it.</summary>
    public int Count => _owed.Count;

    public IEnumerable<string> Labels => _owed.Values.Select(owed => owed.Label);

    /// <summary>The worst; null: it does not fail.</summary>
    public HookTrouble? Trouble
    {
        get
        {
            if (_owed.Count == 0) return null;
            var one = _worst.Min?.Trouble;
            return (one is null || _ofChanges?.Failures > one.Failures ? _ofChanges : one) ?? _before;
        }
    }

    /// <summary>As it is on disk.</summary>
    public HookTrouble? Written { get; set; } = before;

    /// <summary>It is owed, or has become true.</summary>
    public void Owe(string label, OwedNotice notice)
    {
        var name = NoticeName.Of(label, notice);
        if (!_owed.TryGetValue(name, out var owed))
        {
            owed = _owed[name] = new QueuedNotice(label, notice, _came++);
            if (owed.IsChange) _owedChanges++;
            Place(owed);
        }
        else if (owed.Notice.TrueSince == notice.TrueSince)
        {
            owed.Notice = notice;
        }
        else
        {
            Unplace(owed);
            owed.Notice = notice;
            Place(owed);
        }
    }

    /// <summary>It is told, or owed no more; and it fails no more.</summary>
    public void Settle(NoticeName name)
    {
        if (!_owed.Remove(name, out var owed)) return;

        Unplace(owed);
        if (owed.IsChange && --_owedChanges == 0) _ofChanges = null;
        if (_owed.Count == 0) _before = null;
    }

    /// <summary>The soonest; null: nothing that is owed is true.</summary>
    public DateTimeOffset? DueAt(DateTimeOffset now)
    {
        SetRight(now);
        DateTimeOffset? due = _untried.Min is { } untried ? UntriedAt(untried, now) : null;
        if (_failed.Min is { } failed) due = Sooner(due, failed.Trouble!.NextAttempt);
        if (_failedChanges.Min is { } change) due = Sooner(due, change.Trouble!.NextAttempt);
        return _changes.Count > 0 ? Sooner(due, ChangesAt(now)) : due;
    }

    /// <summary>
    /// What happened to single certificates first: it waits for no link. But where a call of it fails, and may take its two minutes each time, a server that is to be reloaded waits for no other one;
    /// and what fails again waits for what was not tried yet. Null: nothing is due.
    /// </summary>
    /// <param name="takesOne">What has changed as well.</param>
    public DueDelivery? Next(bool takesOne, DateTimeOffset now) => Fails ? NextChange(takesOne, now) ?? NextOther(now) : NextOther(now) ?? NextChange(takesOne, now);

    /// <summary>The same of what has changed.</summary>
    public DueDelivery? NextChange(bool takesOne, DateTimeOffset now)
    {
        SetRight(now);
        if (_changes.Count == 0 || ChangesAt(now) > now) return _failedChanges.Min is { } again && again.Trouble!.NextAttempt <= now ? Alone(again) : null;
        if (takesOne) return Alone(_changes.Min!);
        return new DueDelivery(null, [.. _changes.Take(Most).Select(change => (change.Label, change.Notice))], (_ofChanges ?? _before)?.Failures ?? 0);
    }

    /// <summary>The same of what happened to single certificates.</summary>
    public DueDelivery? NextOther(DateTimeOffset now)
    {
        SetRight(now);
        var untried = _untried.Min is { } first && UntriedAt(first, now) <= now ? first : null;
        var failed = _failed.Min is { } again && again.Trouble!.NextAttempt <= now ? again : null;
        return (untried ?? failed) is { } next ? Alone(next) : null;
    }

    /// <summary>It could not be told. Null: it is owed no more.</summary>
    public HookTrouble? Failed(NoticeName? what, string problem, DateTimeOffset now)
    {
        SetRight(now);
        _failedAt = now;
        if (what is null) return _owedChanges == 0 ? null : _ofChanges = HookTrouble.After(_ofChanges ?? _before, problem, now);
        if (!_owed.TryGetValue(what.Value, out var owed)) return null;

        Unplace(owed);
        owed.Trouble = HookTrouble.After(owed.Trouble ?? _before, problem, now);
        Place(owed);
        return owed.Trouble;
    }

    /// <summary>It was told, and settled for itself.</summary>
    public void Told(NoticeName? what)
    {
        _before = null;
        if (what is null or { Event: AcmeHookEvent.LiveUpdated }) _ofChanges = null;
    }

    private bool Fails => _failed.Count + _failedChanges.Count > 0 || (_changes.Count > 0 && _ofChanges is not null) || (_before is not null && _changes.Count + _untried.Count > 0);

    private DueDelivery Alone(QueuedNotice next) => new(NoticeName.Of(next.Label, next.Notice), [(next.Label, next.Notice)], (next.Trouble ?? _before)?.Failures ?? 0);

    /// <summary>What became true later than now did so by a clock that was ahead, and is due.</summary>
    private DateTimeOffset UntriedAt(QueuedNotice untried, DateTimeOffset now) => _before?.At(now).NextAttempt ?? Sooner(untried.Notice.TrueSince, now);

    private DateTimeOffset ChangesAt(DateTimeOffset now)
    {
        var (first, last) = (_changes.Min!.Notice.TrueSince!.Value, _changes.Max!.Notice.TrueSince!.Value);
        var gathered = Sooner(last + Quiet, first + LongestGathering);
        if ((_ofChanges ?? _before)?.At(now) is not { } trouble) return Waits.Last(gathered, LongestGathering, now) ? gathered : Sooner(gathered, now);
        return last > trouble.FailedAt ? Sooner(trouble.NextAttempt, Later(last + Quiet, trouble.FailedAt + LeastPause)) : trouble.NextAttempt;
    }

    private void Place(QueuedNotice owed)
    {
        if (owed.Notice.TrueSince is null) return;

        SetOf(owed).Add(owed);
        if (owed.Trouble is not null) _worst.Add(owed);
    }

    private void Unplace(QueuedNotice owed)
    {
        SetOf(owed).Remove(owed);
        if (owed.Trouble is not null) _worst.Remove(owed);
    }

    private SortedSet<QueuedNotice> SetOf(QueuedNotice owed) => owed.IsChange ? (owed.Trouble is null ? _changes : _failedChanges) : owed.Trouble is null ? _untried : _failed;

    /// <summary>What failed while the clock was ahead waits no longer, see <see cref="HookTrouble.At"/>; it would be behind what fails now for ever.</summary>
    private void SetRight(DateTimeOffset now)
    {
        if (!AnotherClock.Noted(_failedAt, now)) return;

        _failedAt = now;
        foreach (var owed in _worst.Where(owed => owed.Trouble!.FailedAt > now).ToList())
        {
            Unplace(owed);
            owed.Trouble = owed.Trouble! with { FailedAt = now, NextAttempt = now };
            Place(owed);
        }
    }

    private static DateTimeOffset Sooner(DateTimeOffset? one, DateTimeOffset other) => one < other ? one.Value : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
