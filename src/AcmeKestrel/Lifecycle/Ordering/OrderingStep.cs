using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>From the intent to an order with a URL (RFC 8555 section 7.4).</summary>
internal sealed class OrderingStep(AccountKeeper accounts, Ledgers ledgers, OrderFinder finder, PreflightStep preflight, TimeProvider time, ILogger logger)
{
    public async Task<StepResult> RunAsync(OrderRun run, Provider provider, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        var identifiers = run.Order.Identifiers.Select(AcmeIdentifier.Parse).ToList();
        var cap = Backoff.CapOf(certificate, time.GetUtcNow());
        var account = await accounts.GetAsync(run.Session, provider, run.Order.Email, cancellationToken, cap).ConfigureAwait(false);
        var directory = await account.Client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        if (OrderTerms.ProfileFailure(run.Order, directory, refused: null) is { } missing) return new StepResult.Failed(missing);
        if (await preflight.RunAsync(run, identifiers, directory, account, cancellationToken).ConfigureAwait(false) is { } notYet) return notYet;

        try
        {
            // Set already where the order was made and only its record could not be written.
            run.Seen ??= await OrderAsync(account).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (OrderTerms.ProfileFailure(run.Order, directory, refused) is not null)
        {
            return new StepResult.Failed(OrderTerms.ProfileFailure(run.Order, directory, refused)!);
        }

        if (run.Seen.Identifiers.Count > 0 && !run.Seen.Identifiers.ToHashSet().SetEquals(identifiers))
        {
            return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, $"the CA made an order for other names: {string.Join(", ", run.Seen.Identifiers)}"));
        }

        if (OrderTerms.OtherProfile(run.Order, run.Seen) is { } other) return new StepResult.Failed(other);

        var sent = OrderTerms.Request(run.Order, directory, account.Url).Profile;
        if (sent is null && run.Order.Profile is { } unlisted) logger.ProfileDropped(run.Order.Label, unlisted, "the CA's directory does not list it");
        var made = run.Order with { AccountUrl = account.Url, Profile = run.Seen.Profile ?? sent, Progress = new OrderProgress.Created(run.Seen.Url, run.Seen.Expires) };
        await run.AdvanceAsync(made, cancellationToken).ConfigureAwait(false);
        finder.Release(run.Seen.Url);
        return StepResult.Advanced;

        async Task<AcmeOrder> OrderAsync(AcmeAccount first)
        {
            try
            {
                return await FindAsync(first).ConfigureAwait(false) ?? await RequestAsync(first).ConfigureAwait(false);
            }
            catch (AcmeException lost) when (lost.Fault is AcmeFault.AccountUnknown)
            {
                await accounts.ForgetAsync(run.Session, provider, run.Order.Email, first.Url, cancellationToken).ConfigureAwait(false);
                account = await accounts.GetAsync(run.Session, provider, run.Order.Email, cancellationToken, cap).ConfigureAwait(false);
                return await RequestAsync(account).ConfigureAwait(false);
            }
            catch (AcmeException refused) when (refused.Problem?.Is("unauthorized") is true)
            {
                await accounts.CheckOpenAsync(run.Session, provider, run.Order.Email, cap, cancellationToken).ConfigureAwait(false);
                throw;
            }
        }

        async Task<AcmeOrder?> FindAsync(AcmeAccount by)
        {
            if (!run.Resumed || run.LookedForOrder) return null;

            var found = await finder.FindAsync(run, identifiers, by, cancellationToken).ConfigureAwait(false);
            if (found is not null) await ReserveAsync(run, provider, identifiers, run.Order.KindOf(run.Order.Replaces is not null), cancellationToken).ConfigureAwait(false);
            run.LookedForOrder = true;
            return found;
        }

        // Each refusal that may be for the order's terms takes one of them away, on disk before the CA is asked again: after a kill they are not asked for once more.
        async Task<AcmeOrder> RequestAsync(AcmeAccount by)
        {
            finder.MayOrder(run);
            while (true)
            {
                var request = OrderTerms.Request(run.Order, directory, by.Url);
                var of = new OrderClass(run.Order.KindOf(request.Replaces is not null), RenewalTime.IsPressing(certificate, time.GetUtcNow()));
                await ReserveAsync(run, provider, identifiers, of.Kind, cancellationToken).ConfigureAwait(false);
                await SpendAsync(run, provider, of, cancellationToken).ConfigureAwait(false);
                try
                {
                    return await by.OrderAsync(request, cancellationToken).ConfigureAwait(false);
                }
                catch (AcmeException refused) when (OrderTerms.Without(run.Order, request, refused) is { } less)
                {
                    if (request.Replaces is not null && less.Replaces is null) logger.ReplacesRefused(run.Order.Label, refused.Message);
                    else logger.ProfileDropped(run.Order.Label, request.Profile!, refused.Message);
                    await run.AdvanceAsync(less, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>The certificate that the order may end with; taken once an intent.</summary>
    private async Task ReserveAsync(OrderRun run, Provider provider, List<AcmeIdentifier> identifiers, OrderKind kind, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
        var certificate = LedgerCosts.Certificate(provider.Limits, identifiers, kind);
        if (await ledger.ReserveAsync(LedgerTag.Certificate(run.Order.Id), certificate, cancellationToken).ConfigureAwait(false) is { } refusal) throw new HeldException(ObstacleKind.LimitReached, refusal.Reason, refusal.Until);
    }

    /// <summary>The request, each time.</summary>
    private async Task SpendAsync(OrderRun run, Provider provider, OrderClass of, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
        if (await ledger.SpendAsync(LedgerCosts.Order(provider.Limits, run.Order.Account, of, ledger.IsFresh), cancellationToken).ConfigureAwait(false) is { } refusal) throw new HeldException(ObstacleKind.LimitReached, refusal.Reason, refusal.Until);
    }
}
