using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>What becomes of an order, its name, its account and its CA when the CA answers with an error: a 429, a 5xx, no answer, a refusal.</summary>
internal sealed class CaFaults(AccountKeeper accounts, TimeProvider time)
{
    /// <summary>Later than the CA's own pause: the others probe first. A quarter of the pause, or this where that is less.</summary>
    private static readonly TimeSpan LongestYield = TimeSpan.FromSeconds(5);

    /// <summary>Of an order whose CA does not say when it ends.</summary>
    private static readonly TimeSpan UsualLife = TimeSpan.FromDays(7);

    /// <exception cref="HeldException">It is the account's, and a human must act.</exception>
    public async Task<StepResult> HandleAsync(OrderRun run, Provider provider, CertificateFacts? certificate, ProviderCircuit circuit, AcmeException fault, CancellationToken cancellationToken)
    {
        // After finalize an answer that makes no sense must not cost the certificate that may exist.
        if (fault.IsProviderFault || (run.Order.IsCommitted && fault.Fault is AcmeFault.Protocol)) return await PauseAsync(run, certificate, circuit, fault, cancellationToken).ConfigureAwait(false);

        await circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
        switch (fault.Fault)
        {
            case AcmeFault.HumanNeeded when AccountRefusals.IsAboutTerms(fault):
                throw await accounts.RefuseAsync(run.Session, provider, run.Order.Email, fault, Backoff.CapOf(certificate, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);

            case AcmeFault.HumanNeeded:
                return new StepResult.HumanNeeded(fault.Message);

            case AcmeFault.AccountUnknown:
                await accounts.ForgetAsync(run.Session, provider, run.Order.Email, run.Order.AccountUrl ?? "", cancellationToken).ConfigureAwait(false);
                return run.Order.AccountUrl is null ? new StepResult.Failed(FailureReport.Of(fault)) : new StepResult.Lost(fault.Message);

            // Let's Encrypt answers so for an order that has expired.
            case AcmeFault.Rejected when run.Order.OrderUrl is not null && fault.StatusCode is 404 or 410 && (run.Resumed || run.Order.Expires <= time.GetUtcNow()):
                return new StepResult.Lost(fault.Message);

            default:
                return new StepResult.Failed(FailureReport.Of(fault));
        }
    }

    /// <summary>The CA itself has trouble, or wants to be left alone: nobody's backoff counts it, and everybody waits.</summary>
    private async Task<StepResult> PauseAsync(OrderRun run, CertificateFacts? certificate, ProviderCircuit circuit, AcmeException fault, CancellationToken cancellationToken)
    {
        run.Faults++;
        run.Trouble = fault.Message;
        var now = time.GetUtcNow();

        // That name waits as long as it is told, the others are tried by a probe sooner.
        var isLimit = fault.IsLimitOfOne;
        var isUrgent = !isLimit && !Backoff.IsUsable(certificate, now);
        var open = await circuit.FailedAsync(fault.Message, isLimit ? null : fault.RetryAfter, Backoff.CapOf(certificate, now), isUrgent, cancellationToken).ConfigureAwait(false);
        var own = now + (isLimit
            ? Backoff.Delay(run.Faults, run.Order.Label, certificate, fault.RetryAfter, now)
            : Backoff.AfterFaults(run.Faults, run.Order.Label, certificate, fault.RetryAfter, now));
        run.Pause(now);
        if (isLimit && fault.RetryAfter is not null) await run.PostponeAsync(own, now, cancellationToken).ConfigureAwait(false);

        // It may be this one order that the CA cannot answer for, and no other.
        if (run.Order.OrderUrl is not null && now - (run.Order.Expires ?? run.Order.Stamp + UsualLife) > Patience.Issuance) return new StepResult.Lost($"it ended long ago, and the CA still fails: {fault.Message}");

        // The pause may be this name's own doing: the others probe first, or it could keep them waiting for hours.
        var yield = (open - now) / 4;
        return new StepResult.ProviderFault(own > open ? own : open + (yield < LongestYield ? yield : LongestYield), fault.Message);
    }
}
