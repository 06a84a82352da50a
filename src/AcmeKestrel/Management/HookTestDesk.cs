using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Delivering;

namespace AcmeKestrel.Management;

/// <summary>Tests of hooks in the process that has the state: it is the one that calls them, with its own rights and in its own surroundings.</summary>
internal sealed class HookTestDesk(HookList hooks, HookTrial trial, Labels labels, WishFollower follower, WorkerGate gate)
{
    /// <summary>Null: there is no such hook.</summary>
    public async Task<AcmeHookTestResult?> RunAsync(string name, AcmeHookEvent? happened, string? label, CancellationToken cancellationToken)
    {
        var known = hooks.Now();
        if ((known.FirstOrDefault(one => one.Id == name) ?? OnlyOne([.. known.Where(one => one.Id[(one.Id.IndexOf('.', StringComparison.Ordinal) + 1)..] == name)])) is not { } hook) return null;

        var told = happened ?? (hook.Events.Contains(AcmeHookEvent.LiveUpdated) ? AcmeHookEvent.LiveUpdated : hook.Events.First());
        if (!hook.Events.Contains(told)) return NotCalled($"it is not told of {HookEvents.WordOf(told)}, but of {string.Join(", ", hook.Events.Select(HookEvents.WordOf))}");
        if (await gate.RequestAsync(cancellationToken).ConfigureAwait(false) is not { } session) return NotCalled(gate.Why);

        // Whoever asks right after the start is before those who read the wishes.
        if (label is null || labels.WishOf(label) is null) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        var chosen = label ?? FirstLabel();
        var (wish, certificate) = chosen is null ? (null, null) : (labels.WishOf(chosen), labels.Find(chosen)?.Certificate);
        if (wish is null && certificate is null) return NotCalled(label is null ? "nothing is wished or stored that it could be told of" : $"nothing is wished or stored under '{label}'");

        IReadOnlyList<string> names = certificate is null ? [.. wish!.Required.Concat(wish.Optional).Select(wished => wished.Value)] : [.. certificate.Names];
        var (outcome, duration) = await trial.RunAsync(session, hook, told, chosen!, names, certificate, cancellationToken).ConfigureAwait(false);
        return new AcmeHookTestResult(hook.Id, told, OutcomeOf(outcome.Kind)) { Label = chosen, ExitCode = outcome.ExitCode, Output = outcome.Output, Problem = outcome.Problem, Duration = duration };

        AcmeHookTestResult NotCalled(string why) => new(hook.Id, told, AcmeHookTestOutcome.NotCalled) { Problem = why };
    }

    /// <summary>One that has a certificate before one that has none.</summary>
    private string? FirstLabel() => labels.All
        .Where(entry => entry.Wish is not null || entry.Facts.Certificate is not null)
        .OrderBy(entry => entry.Facts.Certificate is null)
        .ThenBy(entry => entry.Label, StringComparer.Ordinal)
        .FirstOrDefault()?.Label;

    private static IHook? OnlyOne(IReadOnlyList<IHook> found) => found is [var one] ? one : null;

    private static AcmeHookTestOutcome OutcomeOf(HookOutcomeKind kind) => kind switch
    {
        HookOutcomeKind.Done => AcmeHookTestOutcome.Done,
        HookOutcomeKind.Unsupported => AcmeHookTestOutcome.NotSupported,
        HookOutcomeKind.Refused => AcmeHookTestOutcome.Refused,
        _ => AcmeHookTestOutcome.Failed,
    };
}
