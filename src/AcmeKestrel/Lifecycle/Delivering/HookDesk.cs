using AcmeKestrel.Certificates.International;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What a label's work has to say to hooks.</summary>
internal sealed class HookDesk(HookList hooks, Deliveries deliveries, HookCalls calls, TimeProvider time, ILogger<HookDesk> logger)
{
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);

    /// <summary>Anybody wants to hear of it.</summary>
    public bool IsWanted(AcmeHookEvent happened) => hooks.Now().Any(hook => hook.Events.Contains(happened));

    /// <summary>On disk when it returns, and told from then on.</summary>
    /// <param name="generation">Another one than the label's; its facts are not known.</param>
    public async Task OweAsync(StateSession session, AcmeHookEvent happened, LabelView label, string reason, CancellationToken cancellationToken, string? generation = null)
    {
        if (Notice(happened, label, reason, HooksOf(happened)) is not { To.Count: > 0 } notice) return;

        if (generation is not null && generation != label.Certificate?.Generation) notice = notice with { Generation = generation, NotBefore = null, NotAfter = null };
        await deliveries.OweAsync(session, label.Label, [notice with { TrueSince = time.GetUtcNow() }], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The label's certificate comes to its end: told once for each.</summary>
    public async Task OweEndAsync(StateSession session, LabelView label, CancellationToken cancellationToken)
    {
        if (deliveries.Of(label.Label).ToldOfEnd == label.Certificate!.Generation) return;
        if (Notice(AcmeHookEvent.Expiring, label, label.Schedule.Problem ?? "it was not renewed", HooksOf(AcmeHookEvent.Expiring)) is not { To.Count: > 0 } notice) return;

        await deliveries.OweEndAsync(session, label.Label, notice with { TrueSince = time.GetUtcNow() }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks before an order, all at once, each in its turn. One that cannot be asked keeps nothing from being ordered.</summary>
    /// <returns>Who does not want it, and why; null: nobody.</returns>
    public async Task<HookVeto?> AskAsync(LabelView label, string because, CancellationToken cancellationToken)
    {
        var asked = HooksOf(AcmeHookEvent.Renewing);
        if (asked.Count == 0) return null;

        var notice = Notice(AcmeHookEvent.Renewing, label, because, asked);
        var outcomes = await Task.WhenAll(asked.Select(hook => AskAsync(hook, label.Label, notice, cancellationToken))).ConfigureAwait(false);
        HookVeto? veto = null;
        foreach (var (hook, outcome) in asked.Zip(outcomes))
        {
            if (outcome.Kind is HookOutcomeKind.Failed) _log.HookNotAsked(label.Label, hook.Id, outcome.Problem ?? "");
            if (outcome.Kind is HookOutcomeKind.Refused) veto ??= new HookVeto(hook.Id, outcome.Problem, time.GetUtcNow());
        }

        return veto;
    }

    /// <summary>The order waits for it: not longer for the turn than the call itself may take.</summary>
    private async Task<HookOutcome> AskAsync(IHook hook, string label, OwedNotice question, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(HookLimits.Call, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var alone = await calls.AloneAsync(hook, either.Token).ConfigureAwait(false);
            return await calls.TellAsync(hook, [(label, question)], attempt: 1, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HookOutcome.Failed($"it was busy with others for {HookLimits.Call}");
        }
    }

    private List<IHook> HooksOf(AcmeHookEvent happened) => [.. hooks.Now().Where(hook => hook.Events.Contains(happened))];

    private OwedNotice Notice(AcmeHookEvent happened, LabelView label, string reason, IEnumerable<IHook> to)
    {
        var notice = new OwedNotice(happened, time.GetUtcNow(), [.. to.Select(hook => hook.Id)])
        {
            Names = [.. (label.Wish is { } wish ? wish.Required.Concat(wish.Optional) : []).Select(name => name.Value)],
            Reason = HookLimits.Short(reason),
        };
        return label.Certificate is { } certificate ? notice.Of(certificate) : notice;
    }
}
