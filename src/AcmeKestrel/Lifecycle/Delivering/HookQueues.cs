using AcmeKestrel.Hooks;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What is owed, by hook: changed together with what is owed by label.</summary>
internal sealed class HookQueues(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HookQueue> _queues = new(StringComparer.Ordinal);

    /// <summary>Who is owed something, or fails.</summary>
    public IReadOnlyCollection<string> Hooks
    {
        get
        {
            lock (_gate) return [.. _queues.Keys];
        }
    }

    /// <summary>What the state says from now on.</summary>
    public void Begin(IReadOnlyDictionary<string, OwedOfLabel> owed, IReadOnlyDictionary<string, HookTrouble> troubles)
    {
        lock (_gate)
        {
            _queues.Clear();
            foreach (var (hook, trouble) in troubles) _queues[hook] = new HookQueue(trouble);
            foreach (var (label, of) in owed) Change(label, [], of.Notices);
        }
    }

    public void Change(string label, IReadOnlyList<OwedNotice> before, IReadOnlyList<OwedNotice> after)
    {
        lock (_gate)
        {
            // What takes the place of another first: of whom nothing is owed for a moment nothing is known.
            foreach (var notice in after.Where(notice => !before.Any(known => ReferenceEquals(known, notice))))
            {
                foreach (var hook in notice.To) Of(hook).Owe(label, notice);
            }

            foreach (var notice in before.Where(notice => !after.Any(kept => ReferenceEquals(kept, notice))))
            {
                var kept = after.Where(notice.IsSameAs).SelectMany(same => same.To).ToHashSet(StringComparer.Ordinal);
                foreach (var hook in notice.To.Where(hook => !kept.Contains(hook)))
                {
                    Of(hook).Settle(NoticeName.Of(label, notice));
                    Tidy(hook);
                }
            }
        }
    }

    /// <summary>When something is due for the hook; null: nothing by itself.</summary>
    public DateTimeOffset? DueAt(string hook) => Ask(hook, queue => queue.DueAt(time.GetUtcNow()));

    /// <summary>What the hook is to be told now; null: nothing.</summary>
    public DueDelivery? Next(IHook hook) => Ask(hook.Id, queue => queue.Next(hook.TakesOne, time.GetUtcNow()));

    /// <summary>The same of what has changed.</summary>
    public DueDelivery? NextChange(IHook hook) => Ask(hook.Id, queue => queue.NextChange(hook.TakesOne, time.GetUtcNow()));

    /// <summary>The same of what happened to single certificates.</summary>
    public DueDelivery? NextOther(IHook hook) => Ask(hook.Id, queue => queue.NextOther(time.GetUtcNow()));

    public IReadOnlyList<string> LabelsOf(string hook) => Ask(hook, queue => queue.Labels.ToList()) ?? [];

    public HookTrouble? TroubleOf(string hook) => Ask(hook, queue => queue.Trouble?.At(time.GetUtcNow()));

    /// <summary>It could not be told. Null: it is owed no more.</summary>
    public HookTrouble? Failed(string hook, NoticeName? what, string problem) => Ask(hook, queue => queue.Failed(what, problem, time.GetUtcNow()));

    public void Told(string hook, NoticeName? what) => Ask(hook, queue =>
    {
        queue.Told(what);
        return true;
    });

    /// <summary>How the hook fails, where that is not what is on disk.</summary>
    /// <param name="trouble">Null: it does not.</param>
    public bool IsUnwritten(string hook, out HookTrouble? trouble)
    {
        lock (_gate)
        {
            var queue = _queues.GetValueOrDefault(hook);
            trouble = queue?.Trouble;
            return trouble != queue?.Written;
        }
    }

    public void Written(string hook, HookTrouble? trouble)
    {
        lock (_gate)
        {
            if (!_queues.TryGetValue(hook, out var queue)) return;

            queue.Written = trouble;
            Tidy(hook);
        }
    }

    private HookQueue Of(string hook) => _queues.TryGetValue(hook, out var queue) ? queue : _queues[hook] = new HookQueue();

    private void Tidy(string hook)
    {
        if (_queues[hook] is { Count: 0, Written: null }) _queues.Remove(hook);
    }

    private T? Ask<T>(string hook, Func<HookQueue, T?> question)
    {
        lock (_gate) return _queues.TryGetValue(hook, out var queue) ? question(queue) : default;
    }
}
