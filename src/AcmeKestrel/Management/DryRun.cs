using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>
/// An order that goes the whole way at a CA's staging directory, with the account that this state has there, and whose certificate goes to nobody. Its record stands under a name that no label has, so that it is in no other order's
/// way, and what a kill leaves of it is given up at the next start, whatever it may bring.
/// </summary>
internal sealed class DryRun(OrderPassage passage, Issuer issuer, OrderClosing closing, TimeProvider time)
{
    private static readonly TimeSpan LongestTidying = TimeSpan.FromSeconds(5);

    private static readonly IssueReason Because = new(IssueReasonKind.Asked, "somebody wants to know whether it would work");

    /// <param name="wish">What is tried.</param>
    /// <param name="names">Of these, the ones that are tried.</param>
    /// <param name="challenge">The type that is tried first.</param>
    public async Task<DryRunEnd> RunAsync(StateSession session, Wish wish, IReadOnlyList<AcmeIdentifier> names, Provider staging, string challenge, CancellationToken cancellationToken)
    {
        var trial = new Wish($"{wish.Label} (dry run {Guid.NewGuid():N})", names, [], staging.Name, wish.Email, wish.KeyType, wish.Profile, wish.Challenges, wish.Source, wish.Origin)
        {
            // No chain is preferred: the roots of a staging directory bear other names.
            RequireProfile = wish.RequireProfile,
            Dns = wish.Dns,
        };
        var issue = new Decision.Issue(staging, Because, names, [challenge, .. wish.Challenges.Where(type => type != challenge)], IsRenewal: false, EarlyRenewals: 0);
        var intent = PendingOrder.Intent(trial, issue, null, Schedule.Empty, Guid.NewGuid().ToString("N"), time.GetUtcNow()) with { IsTrial = true };
        var run = await OrderJournal.BeginAsync(session, intent, cancellationToken).ConfigureAwait(false);
        try
        {
            return await GoAsync(run, staging, cancellationToken).ConfigureAwait(false);
        }
        catch (HeldException held)
        {
            await LeaveAsync(run, staging).ConfigureAwait(false);
            return new DryRunEnd(new OrderFailure(OrderFailureKind.Rejected, held.Message));
        }
        catch
        {
            await LeaveAsync(run, staging).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>For a few seconds: whoever stops waits for it, and what cannot be tidied up is at the next start.</summary>
    private async Task LeaveAsync(OrderRun run, Provider staging)
    {
        using var brief = new CancellationTokenSource(LongestTidying, time);
        try
        {
            await closing.AbandonAsync(run, staging, null, brief.Token).ConfigureAwait(false);
        }
        catch (Exception left) when (left is OperationCanceledException or StoreUnavailableException or StoreConflictException or HeldException or DamagedRecordException)
        {
        }
    }

    private async Task<DryRunEnd> GoAsync(OrderRun run, Provider staging, CancellationToken cancellationToken)
    {
        while (true)
        {
            var failure = (OrderFailure?)null;
            switch (await StepAsync(run, staging, cancellationToken).ConfigureAwait(false))
            {
                case null:
                    failure = new OrderFailure(OrderFailureKind.Rejected, await passage.ExplainAsync(run, staging, cancellationToken).ConfigureAwait(false));
                    break;

                case StepResult.WaitUntil { IsForHuman: true, For: { } what }:
                    failure = new OrderFailure(OrderFailureKind.Rejected, what);
                    break;

                case StepResult.WaitUntil wait:
                    await WaitAsync(wait, cancellationToken).ConfigureAwait(false);
                    continue;

                case StepResult.Issued(var generation):
                    await closing.FinishAsync(run, staging, cancellationToken).ConfigureAwait(false);
                    return new DryRunEnd(null) { Generation = generation };

                case StepResult.Failed(var said):
                    failure = said;
                    break;

                case StepResult.ProviderFault(_, var reason):
                    failure = new OrderFailure(OrderFailureKind.Nonsense, $"{staging.Name} does not answer as it should: {reason}");
                    break;

                case StepResult.HumanNeeded(var reason):
                    failure = new OrderFailure(OrderFailureKind.Rejected, reason);
                    break;

                case StepResult.Lost(var reason):
                    failure = new OrderFailure(OrderFailureKind.Nonsense, reason);
                    break;
            }

            await closing.AbandonAsync(run, staging, failure, cancellationToken).ConfigureAwait(false);
            return new DryRunEnd(failure);
        }
    }

    private async Task WaitAsync(StepResult.WaitUntil wait, CancellationToken cancellationToken)
    {
        var pause = wait.Time - time.GetUtcNow();
        if (pause <= TimeSpan.Zero) return;

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(pause, time, over.Token);
        await Task.WhenAny(delay, wait.Sooner ?? delay).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Null where nobody may ask this CA now, or work with this account: whatever holds up an order holds up its rehearsal.</summary>
    private async Task<StepResult?> StepAsync(OrderRun run, Provider staging, CancellationToken cancellationToken)
    {
        using var pass = await passage.TryEnterAsync(run, staging, cancellationToken).ConfigureAwait(false);
        return pass is null ? null : await issuer.StepAsync(run, staging, null, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>How a dry run ended.</summary>
/// <param name="Failure">Null: a certificate came, and was as it should be.</param>
internal sealed record DryRunEnd(OrderFailure? Failure)
{
    /// <summary>What came; it is nobody's.</summary>
    public Generation? Generation { get; init; }
}
