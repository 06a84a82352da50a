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
        lock (_gate) return _troubles.GetValueOrDefault((hook, what)) ?? Valid(_before.GetValueOrDefault(hook));
    }

    /// <summary>The worst of the hook; null: it has none.</summary>
    public HookTrouble? Find(string hook)
    {
        lock (_gate) return WorstOf(hook);
    }

    public async Task<HookTrouble> FailedAsync(StateSession session, string hook, string what, string problem, CancellationToken cancellationToken)
    {
        var (now, failures) = (time.GetUtcNow(), (Find(hook, what)?.Failures ?? 0) + 1);
        var trouble = new HookTrouble(failures, now, now + Ladder[Math.Min(failures, Ladder.Length) - 1], problem);
        HookTrouble worst;
        lock (_gate)
        {
            _troubles[(hook, what)] = trouble;
            worst = WorstOf(hook)!;
        }

        await session.WriteAsync(DeliveryRecord.TroubleKey(hook), DeliveryRecord.Write(worst), cancellationToken).ConfigureAwait(false);
        return trouble;
    }

    public async Task OverAsync(StateSession session, string hook, string what, CancellationToken cancellationToken)
    {
        HookTrouble? worst;
        lock (_gate)
        {
            if (!_troubles.Remove((hook, what)) & !_before.Remove(hook)) return;
            worst = WorstOf(hook);
        }

        if (worst is null) await session.DeleteAsync(DeliveryRecord.TroubleKey(hook), cancellationToken).ConfigureAwait(false);
        else await session.WriteAsync(DeliveryRecord.TroubleKey(hook), DeliveryRecord.Write(worst), cancellationToken).ConfigureAwait(false);
    }

    private HookTrouble? WorstOf(string hook) => _troubles.Where(known => known.Key.Hook == hook).Select(known => known.Value).MaxBy(trouble => trouble.Failures) ?? Valid(_before.GetValueOrDefault(hook));

    /// <summary>One that was written while the clock was ahead waits no longer than the ladder.</summary>
    private HookTrouble? Valid(HookTrouble? before) => before is not null && before.NextAttempt - time.GetUtcNow() > Ladder[^1] ? before with { NextAttempt = time.GetUtcNow() } : before;
}
