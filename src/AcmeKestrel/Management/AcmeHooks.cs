using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management;

/// <summary>The operator's view of the hooks.</summary>
internal sealed class AcmeHooks(HookList hooks, Courier courier, HookTroubles troubles, HookTestDesk tests, HookRequests requests, Dispatcher dispatcher) : IAcmeHooks
{
    /// <summary>A thousand labels are no status.</summary>
    private const int Named = 25;

    public IReadOnlyList<AcmeHookStatus> List()
    {
        var owed = courier.Owed;
        return [.. hooks.Now().Select(hook => StatusOf(hook, [.. owed.Where(one => one.Notice.To.Contains(hook.Id))]))];
    }

    public Task<AcmeHookTestResult?> TestAsync(string name, AcmeHookEvent? happened = null, string? label = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);

        // As long as the application runs: a hook that takes its time holds up no stop.
        return dispatcher.WhileRunningAsync(requests.AreNeeded ? requests.TestAsync(name, happened, label, cancellationToken) : tests.RunAsync(name, happened, label, cancellationToken), cancellationToken);
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
