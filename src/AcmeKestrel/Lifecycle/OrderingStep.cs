using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle;

/// <summary>From the intent to an order with a URL (RFC 8555 section 7.4).</summary>
internal sealed class OrderingStep(AccountKeeper accounts, Ledgers ledgers, LedgerCosts costs, OrderJournal journal, OrderFinder finder)
{
    public async Task<StepResult> RunAsync(OrderRun run, Provider provider, CancellationToken cancellationToken)
    {
        var order = run.Order;
        var identifiers = order.Identifiers.Select(AcmeIdentifier.Parse).ToList();
        var account = await accounts.GetAsync(provider, order.Email, cancellationToken).ConfigureAwait(false);

        // Set already where the order was made and only its record could not be written.
        run.Seen ??= await OrderAsync(account).ConfigureAwait(false);

        if (run.Seen.Identifiers.Count > 0 && !run.Seen.Identifiers.ToHashSet().SetEquals(identifiers))
        {
            return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, $"the CA made an order for other names: {string.Join(", ", run.Seen.Identifiers)}"));
        }

        await journal.AdvanceAsync(run, order with { AccountUrl = account.Url, Progress = new OrderProgress.Created(run.Seen.Url, run.Seen.Expires) }, cancellationToken).ConfigureAwait(false);
        return StepResult.Advanced;

        async Task<AcmeOrder> OrderAsync(AcmeAccount first)
        {
            try
            {
                return await FindAsync(first).ConfigureAwait(false) ?? await RequestAsync(first).ConfigureAwait(false);
            }
            catch (AcmeException lost) when (lost.Fault is AcmeFault.AccountUnknown)
            {
                await accounts.ForgetAsync(provider, order.Email, first.Url, cancellationToken).ConfigureAwait(false);
                account = await accounts.GetAsync(provider, order.Email, cancellationToken).ConfigureAwait(false);
                return await RequestAsync(account).ConfigureAwait(false);
            }
            catch (AcmeException refused) when (refused.Problem?.Is("unauthorized") is true)
            {
                await accounts.CheckOpenAsync(provider, order.Email, cancellationToken).ConfigureAwait(false);
                throw;
            }
        }

        async Task<AcmeOrder?> FindAsync(AcmeAccount by)
        {
            if (!run.Resumed || run.LookedForOrder) return null;

            var found = await finder.FindAsync(run, identifiers, by, cancellationToken).ConfigureAwait(false);
            if (found is not null) await ReserveAsync(run, provider, identifiers, cancellationToken).ConfigureAwait(false);
            run.LookedForOrder = true;
            return found;
        }

        async Task<AcmeOrder> RequestAsync(AcmeAccount by)
        {
            await ReserveAsync(run, provider, identifiers, cancellationToken).ConfigureAwait(false);
            await SpendAsync(run, provider, cancellationToken).ConfigureAwait(false);
            return await by.OrderAsync(new AcmeOrderRequest(identifiers) { Profile = order.Profile }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The certificate that the order may end with; taken once an intent.</summary>
    private async Task ReserveAsync(OrderRun run, Provider provider, List<AcmeIdentifier> identifiers, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false);
        var certificate = costs.Certificate(provider.Limits, identifiers, run.Order.IsRenewal);
        if (await ledger.ReserveAsync(LedgerTags.Certificate(run.Order), certificate, cancellationToken).ConfigureAwait(false) is { } refusal) throw new StateHeldException(refusal.Reason, refusal.Until);
    }

    /// <summary>The request, each time.</summary>
    private async Task SpendAsync(OrderRun run, Provider provider, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false);
        if (await ledger.SpendAsync(LedgerCosts.Order(provider.Limits, run.Order.Email), cancellationToken).ConfigureAwait(false) is { } refusal) throw new StateHeldException(refusal.Reason, refusal.Until);
    }
}
