using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.Delivering;

namespace AcmeKestrel.Management;

/// <summary>The operator's view of the hooks.</summary>
internal sealed class AcmeHooks(HookList hooks, Courier courier, HookTroubles troubles) : IAcmeHooks
{
    /// <summary>A thousand labels are no status.</summary>
    private const int Named = 25;

    public IReadOnlyList<AcmeHookStatus> List()
    {
        var owed = courier.Owed;
        return [.. hooks.Now().Select(hook => StatusOf(hook, [.. owed.Where(one => one.Notice.To.Contains(hook.Id))]))];
    }

    private AcmeHookStatus StatusOf(IHook hook, IReadOnlyList<(string Label, OwedNotice Notice)> owed)
    {
        var trouble = troubles.Find(hook.Id);
        return new AcmeHookStatus(hook.Id, [.. hook.Events])
        {
            Pending = owed.Count,
            PendingSince = owed.Count == 0 ? null : owed.Min(one => one.Notice.Since),
            PendingLabels = [.. owed.Select(one => one.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(Named)],
            Failures = trouble?.Failures ?? 0,
            LastProblem = trouble?.Problem,
            NextAttempt = trouble?.NextAttempt,
        };
    }
}
