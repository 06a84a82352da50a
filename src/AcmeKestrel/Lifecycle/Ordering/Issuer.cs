using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>
/// Runs one order by write-ahead steps: each request is foretold on disk, so that after a kill the record says where to go on. A step ends when the CA needs time;
/// a waiting order is nothing but its record and a place in the queue.
/// </summary>
internal sealed class Issuer(
    AccountKeeper accounts,
    AccountTraffic traffic,
    Ledgers ledgers,
    LedgerCosts costs,
    AnswerDesk desk,
    OrderJournal journal,
    TimeProvider time,
    ILogger<Issuer> logger)
{
    private static readonly TimeSpan Yield = TimeSpan.FromSeconds(5);

    /// <summary>Of an order whose CA does not say when it ends.</summary>
    private static readonly TimeSpan UsualLife = TimeSpan.FromDays(7);

    private readonly OrderingStep _ordering = new(accounts, ledgers, costs, journal, new OrderFinder(journal, logger), logger);
    private readonly ChoosingStep _choosing = new(journal, time);
    private readonly AnsweringStep _answering = new(desk, ledgers, journal, time);
    private readonly FinalizingStep _finalizing = new(journal, time);
    private readonly DownloadingStep _downloading = new(time, logger);

    /// <summary>Goes as far as it can without waiting.</summary>
    /// <param name="served">What the order is to replace: its remaining life caps how long a CA in trouble is left alone (promise 10).</param>
    /// <exception cref="StateHeldException">A human or a limit must be waited for.</exception>
    public async Task<StepResult> StepAsync(OrderRun run, Provider provider, CertificateFacts? served, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false);
        var used = AccountName.Of(provider, run.Order.Email);
        try
        {
            if (traffic.Enter(used, run) is { } closed) throw new StateHeldException(closed);

            StepResult result;
            do
            {
                result = await OneStepAsync(run, provider, cancellationToken).ConfigureAwait(false);
                run.Faults = 0;
                await ledger.Circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
            }
            while (result == StepResult.Advanced);

            return result;
        }
        catch (AcmeException fault)
        {
            return await HandleAsync(run, provider, served, ledger, fault, cancellationToken).ConfigureAwait(false);
        }
        catch (StateHeldException)
        {
            // This side made the order wait: that uses up none of its patience with the CA.
            (run.Looks, run.Since, run.Deadline) = (0, null, null);
            throw;
        }
        finally
        {
            traffic.Leave(used, run.Order.Label);
            ledger.Circuit.Leave(run.Order.Label);
        }
    }

    /// <summary>Ends an order that brought no certificate: answers away, what was not spent credited, open authorizations given up.</summary>
    public async Task AbandonAsync(OrderRun run, Provider provider, OrderFailure? failure, CancellationToken cancellationToken)
    {
        var (order, ledger) = (run.Order, await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false));
        var identifiers = order.Identifiers.Select(AcmeIdentifier.Parse).ToList();
        await ledger.SettleAsync(LedgerTags.Certificate(order), spent: MayExist(order, failure), costs.Certificate(provider.Limits, identifiers, order.IsRenewal), cancellationToken).ConfigureAwait(false);

        if (order.Progress is OrderProgress.Answering answering)
        {
            await desk.WithdrawAsync(answering, cancellationToken).ConfigureAwait(false);
            foreach (var challenge in answering.Challenges)
            {
                // What the CA was told, or may have been told before a kill, may have failed there or may still fail.
                var mayHaveFailed = run.Resumed || run.Told.ContainsKey(challenge.AuthorizationUrl);
                var spent = mayHaveFailed && failure?.Validated.Contains(challenge.Identifier) is not true;
                await ledger.SettleAsync(LedgerTags.Failure(order, challenge), spent, LedgerCosts.Failure(provider.Limits, order.Email, challenge.Identifier), cancellationToken).ConfigureAwait(false);
            }
        }

        await GiveUpAsync(run, provider, failure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the CA may have issued: then its limit is spent, whatever became of the certificate on our side.</summary>
    private static bool MayExist(PendingOrder order, OrderFailure? failure) => order.Progress is OrderProgress.Downloading || (order.IsCommitted && failure is null);

    /// <summary>The certificate came: its debit stays.</summary>
    public async Task SettleAsync(PendingOrder order, Provider provider, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false);
        await ledger.SettleAsync(LedgerTags.Certificate(order), spent: true, [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<StepResult> OneStepAsync(OrderRun run, Provider provider, CancellationToken cancellationToken)
    {
        if (run.Order.Progress is OrderProgress.Intent) return await _ordering.RunAsync(run, provider, cancellationToken).ConfigureAwait(false);

        var account = await accounts.GetAsync(provider, run.Order.Email, cancellationToken).ConfigureAwait(false);

        // The CA lost the account, or its record was moved away: no other one may see the order.
        if (run.Order.AccountUrl is { } owner && owner != account.Url) return new StepResult.Lost($"it is of the account {owner}, which is {account.Url} now");

        return run.Order.Progress switch
        {
            OrderProgress.Created created => await _choosing.RunAsync(run, created, account, cancellationToken).ConfigureAwait(false),
            OrderProgress.Answering answering => await _answering.RunAsync(run, answering, provider, account, cancellationToken).ConfigureAwait(false),
            OrderProgress.Finalizing finalizing => await _finalizing.RunAsync(run, finalizing, account, cancellationToken).ConfigureAwait(false),
            OrderProgress.Downloading downloading => await _downloading.RunAsync(run, downloading, provider, account, cancellationToken).ConfigureAwait(false),
            _ => throw new InvalidOperationException($"An order cannot be {run.Order.Progress}."),
        };
    }

    private async Task<StepResult> HandleAsync(OrderRun run, Provider provider, CertificateFacts? served, ProviderLedger ledger, AcmeException fault, CancellationToken cancellationToken)
    {
        // After finalize an answer that makes no sense must not cost the certificate that may exist.
        if (fault.IsProviderFault || (run.Order.IsCommitted && fault.Fault is AcmeFault.Protocol)) return await PauseAsync(run, served, ledger, fault, cancellationToken).ConfigureAwait(false);

        await ledger.Circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
        switch (fault.Fault)
        {
            case AcmeFault.HumanNeeded when AccountRefusals.IsAboutTerms(fault):
                (run.Looks, run.Since, run.Deadline) = (0, null, null);
                throw await accounts.RefuseAsync(provider, run.Order.Email, fault, cancellationToken).ConfigureAwait(false);

            case AcmeFault.HumanNeeded:
                throw new HumanNeededException(fault.Message);

            case AcmeFault.AccountUnknown:
                await accounts.ForgetAsync(provider, run.Order.Email, run.Order.AccountUrl ?? "", cancellationToken).ConfigureAwait(false);
                return run.Order.AccountUrl is null ? new StepResult.Failed(FailureReport.Of(fault)) : new StepResult.Lost(fault.Message);

            // Let's Encrypt answers so for an order that has expired.
            case AcmeFault.Rejected when run.Order.OrderUrl is not null && fault.StatusCode is 404 or 410 && (run.Resumed || run.Order.Expires <= time.GetUtcNow()):
                return new StepResult.Lost(fault.Message);

            default:
                return new StepResult.Failed(FailureReport.Of(fault));
        }
    }

    private async Task<StepResult> PauseAsync(OrderRun run, CertificateFacts? served, ProviderLedger ledger, AcmeException fault, CancellationToken cancellationToken)
    {
        run.Faults++;
        run.Trouble = fault.Message;
        var now = time.GetUtcNow();

        // A rate limit is often one name's (its exact set, its domain): that name waits as long as it is told, the others are tried by a probe sooner.
        var everybody = fault.Fault is AcmeFault.RateLimited ? null : fault.RetryAfter;
        var open = await ledger.Circuit.FailedAsync(fault.Message, everybody, Backoff.CapOf(served, now), cancellationToken).ConfigureAwait(false);
        var counted = fault.Fault is AcmeFault.RateLimited ? run.Faults : Math.Min(run.Faults, Backoff.RungsOfAFault);
        var own = now + Backoff.Delay(counted, run.Order.Label, served, fault.RetryAfter, now);
        if (run.Deadline is { } deadline) run.Deadline = deadline + (own - now);
        if (fault.Fault is AcmeFault.RateLimited && fault.RetryAfter is not null) await journal.PostponeAsync(run, own, cancellationToken).ConfigureAwait(false);

        // It may be this one order that the CA cannot answer for, and no other.
        if (run.Order.OrderUrl is not null && now - (run.Order.Expires ?? run.Order.Stamp + UsualLife) > Patience.Issuance) return new StepResult.Lost($"it ended long ago, and the CA still fails: {fault.Message}");

        // The pause may be this name's own doing: the others probe first, or it could keep them waiting for hours.
        return new StepResult.ProviderFault(own > open ? own : open + Yield, fault.Message);
    }

    /// <summary>Open authorizations count against some CAs' limits; at most a few, and the first refusal ends it: it is a courtesy.</summary>
    private async Task GiveUpAsync(OrderRun run, Provider provider, OrderFailure? failure, CancellationToken cancellationToken)
    {
        if (run.Order.Progress is not (OrderProgress.Created or OrderProgress.Answering)) return;

        try
        {
            var account = await accounts.GetAsync(provider, run.Order.Email, cancellationToken).ConfigureAwait(false);
            foreach (var url in (await LeftOpenAsync(run, account, failure, cancellationToken).ConfigureAwait(false)).Take(10))
            {
                // One that was answered may be valid by now, and good for the next order.
                if (run.Unanswered.Contains(url) || (await account.GetAuthorizationAsync(url, cancellationToken).ConfigureAwait(false)).Status is AcmeStatus.Pending)
                {
                    await account.DeactivateAuthorizationAsync(url, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception kept) when (kept is AcmeException or StateHeldException)
        {
            logger.AuthorizationKept(run.Order.Label, kept.Message);
        }
    }

    /// <summary>URLs of the authorizations that may be pending: those that were never answered where they were seen, else all that did not fail.</summary>
    private static async Task<IEnumerable<string>> LeftOpenAsync(OrderRun run, AcmeAccount account, OrderFailure? failure, CancellationToken cancellationToken) => run.Order.Progress switch
    {
        OrderProgress.Answering answering => answering.Challenges.Where(challenge => failure?.Names.ContainsKey(challenge.Identifier) is not true).Select(challenge => challenge.AuthorizationUrl),
        OrderProgress.Created created when run.Unanswered.Count == 0 && failure is null => (await account.GetOrderAsync(created.OrderUrl, cancellationToken).ConfigureAwait(false)).Authorizations,
        _ => run.Unanswered,
    };
}
