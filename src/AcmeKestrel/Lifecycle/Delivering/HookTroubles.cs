using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What could not be told, and when it is tried again: for each hook what changed as one, and every other notice for itself, so that one that never succeeds keeps no other.</summary>
internal sealed class HookTroubles(TimeProvider time)
{
    private static readonly TimeSpan[] Ladder = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1)];

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Hook, string What), HookTrouble> _troubles = [];

    /// <summary>As the process before left them: whatever the hook is owed begins with that.</summary>
    private readonly Dictionary<string, HookTrouble> _before = new(StringComparer.Ordinal);

    public void Begin(IReadOnlyDictionary<string, HookTrouble> before)
    {
        lock (_gate)
        {
            _troubles.Clear();
            _before.Clear();
            foreach (var (hook, trouble) in before) _before[hook] = trouble;
        }
    }

    /// <summary>Null: it did not fail.</summary>
    public HookTrouble? Find(string hook, string what)
    {
        lock (_gate) return Valid(_troubles.GetValueOrDefault((hook, what)) ?? _before.GetValueOrDefault(hook));
    }

    /// <summary>Hooks that fail.</summary>
    public IReadOnlyCollection<string> Hooks
    {
        get
        {
            lock (_gate) return [.. _troubles.Keys.Select(known => known.Hook).Concat(_before.Keys).Distinct(StringComparer.Ordinal)];
        }
    }

    /// <summary>The worst of the hook; null: it has none.</summary>
    public HookTrouble? Find(string hook)
    {
        lock (_gate) return WorstOf(hook);
    }

    public async Task<HookTrouble> FailedAsync(StateSession session, string hook, string what, string problem, CancellationToken cancellationToken)
    {
        var trouble = Failed(hook, what, problem);
        await session.WriteAsync(DeliveryRecord.TroubleKey(hook), DeliveryRecord.Write(Find(hook)!), cancellationToken).ConfigureAwait(false);
        return trouble;
    }

    /// <summary>The same, where it cannot be written.</summary>
    public HookTrouble Failed(string hook, string what, string problem)
    {
        var (now, failures) = (time.GetUtcNow(), (Find(hook, what)?.Failures ?? 0) + 1);
        var trouble = new HookTrouble(failures, now, now + Ladder[Math.Min(failures, Ladder.Length) - 1], problem);
        lock (_gate) _troubles[(hook, what)] = trouble;
        return trouble;
    }

    /// <summary>It was told.</summary>
    public Task OverAsync(StateSession session, string hook, string what, CancellationToken cancellationToken) => OverAsync(session, hook, known => known == what, isTold: true, cancellationToken);

    /// <summary>Nothing else is owed to the hook any more.</summary>
    public Task KeepAsync(StateSession session, string hook, IReadOnlyCollection<string> owed, CancellationToken cancellationToken) =>
        OverAsync(session, hook, known => !owed.Contains(known), isTold: owed.Count == 0, cancellationToken);

    private async Task OverAsync(StateSession session, string hook, Func<string, bool> isOver, bool isTold, CancellationToken cancellationToken)
    {
        HookTrouble? worst;
        lock (_gate)
        {
            var over = _troubles.Keys.Where(known => known.Hook == hook && isOver(known.What)).ToList();
            foreach (var known in over) _troubles.Remove(known);
            if (!(isTold && _before.Remove(hook)) && over.Count == 0) return;
            worst = WorstOf(hook);
        }

        if (worst is null) await session.DeleteAsync(DeliveryRecord.TroubleKey(hook), cancellationToken).ConfigureAwait(false);
        else await session.WriteAsync(DeliveryRecord.TroubleKey(hook), DeliveryRecord.Write(worst), cancellationToken).ConfigureAwait(false);
    }

    private HookTrouble? WorstOf(string hook) => Valid(_troubles.Where(known => known.Key.Hook == hook).Select(known => known.Value).MaxBy(trouble => trouble.Failures) ?? _before.GetValueOrDefault(hook));

    /// <summary>One that failed while the clock was ahead waits no longer.</summary>
    private HookTrouble? Valid(HookTrouble? trouble) => trouble is not null && time.GetUtcNow() is var now && (AnotherClock.Noted(trouble.FailedAt, now) || trouble.NextAttempt - now > Ladder[^1]) ? trouble with { NextAttempt = now } : trouble;
}
