using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>What is tidied up after an order: its answers, its debits, its open authorizations, at last its record.</summary>
internal sealed class OrderClosing(AccountKeeper accounts, Ledgers ledgers, AnswerDesk desk, OrderJournal journal, ILogger<OrderClosing> logger)
{
    /// <summary>Authorizations given up for one order: it is a courtesy.</summary>
    private const int GivenUp = 10;

    /// <summary>Ends an order whose certificate came: its debit stays.</summary>
    /// <param name="provider">Null where none is configured for its CA any more.</param>
    public async Task FinishAsync(OrderRun run, Provider? provider, CancellationToken cancellationToken)
    {
        if (provider is not null)
        {
            await TryAsync(run, async () =>
            {
                var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
                await ledger.SettleAsync(LedgerTag.Certificate(run.Order.Id), spent: true, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }

        await journal.ClearAsync(run, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends an order that brought no certificate: answers away, what was not spent credited, open authorizations given up.</summary>
    /// <param name="provider">Null where none is configured for its CA any more.</param>
    /// <param name="failure">Why, where the CA said so.</param>
    public async Task AbandonAsync(OrderRun run, Provider? provider, OrderFailure? failure, CancellationToken cancellationToken)
    {
        if (run.Order.Progress is OrderProgress.Chosen chosen) await desk.WithdrawAsync(run.Session, chosen, cancellationToken).ConfigureAwait(false);
        if (provider is not null)
        {
            await TryAsync(run, () => SettleAsync(run, provider, failure, cancellationToken)).ConfigureAwait(false);
            await TryAsync(run, () => GiveUpAsync(run, provider, failure, cancellationToken)).ConfigureAwait(false);
        }

        await journal.ClearAsync(run, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What cannot be tidied up stays taken, or open at the CA, which harms nobody; an order that cannot end keeps its name from every other one.</summary>
    private async Task TryAsync(OrderRun run, Func<Task> tidyUp)
    {
        try
        {
            await tidyUp().ConfigureAwait(false);
        }
        catch (Exception left) when (left is DamagedRecordException or StoreUnavailableException or StoreConflictException)
        {
            logger.OrderNotTidied(run.Order.Label, left.Message);
        }
    }

    private async Task SettleAsync(OrderRun run, Provider provider, OrderFailure? failure, CancellationToken cancellationToken)
    {
        var (order, ledger) = (run.Order, await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false));
        await ledger.SettleAsync(LedgerTag.Certificate(order.Id), spent: MayExist(order, failure), cancellationToken).ConfigureAwait(false);
        if (order.Progress is not OrderProgress.Answering answering) return;

        foreach (var challenge in answering.Challenges)
        {
            // What the CA was told, or may have been told before a kill, may have failed there or may still fail.
            var mayHaveFailed = run.MayHaveToldBefore || run.Told.ContainsKey(challenge.AuthorizationUrl);
            var spent = mayHaveFailed && failure?.Validated.Contains(challenge.Identifier) is not true;
            await ledger.SettleAsync(LedgerTag.Failure(order.Id, challenge.Identifier), spent, cancellationToken).ConfigureAwait(false);
            if (failure?.Names.ContainsKey(challenge.Identifier) is true) await ledger.LearnAsync(challenge.Type, worked: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the CA may have issued: then its limit is spent, whatever became of the certificate on our side.</summary>
    private static bool MayExist(PendingOrder order, OrderFailure? failure) => order is { IsRehearsal: false, IsCommitted: true } && failure is not { IsNotIssued: true };

    /// <summary>Open authorizations count against some CAs' limits; at most a few, and the first refusal ends it.</summary>
    private async Task GiveUpAsync(OrderRun run, Provider provider, OrderFailure? failure, CancellationToken cancellationToken)
    {
        // What was proven in a rehearsal goes as well: the next one is to prove it anew.
        if (run.Order.Progress is not (OrderProgress.Created or OrderProgress.Chosen) && !run.Order.IsRehearsal) return;

        try
        {
            // A CA that has trouble is not asked for a courtesy.
            var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
            if (ledger.Circuit.State is { Faults: > 0 }) return;

            var account = await accounts.GetOwnerAsync(run.Session, provider, run.Order.Email, run.Order.AccountUrl, cancellationToken).ConfigureAwait(false);
            foreach (var url in (await LeftOpenAsync(run, account, failure, cancellationToken).ConfigureAwait(false)).Take(GivenUp))
            {
                // One that was answered may be valid by now, and good for the next order.
                if (run.Order.IsRehearsal || run.Unanswered.Contains(url) || (await account.GetAuthorizationAsync(url, cancellationToken).ConfigureAwait(false)).Status is AcmeStatus.Pending)
                {
                    await account.DeactivateAuthorizationAsync(url, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception kept) when (kept is AcmeException or HeldException)
        {
            logger.AuthorizationKept(run.Order.Label, kept.Message);
        }
    }

    /// <summary>URLs of the authorizations that may be pending: those that were never answered where they were seen, else all that did not fail.</summary>
    private static async Task<IEnumerable<string>> LeftOpenAsync(OrderRun run, AcmeAccount account, OrderFailure? failure, CancellationToken cancellationToken) => run.Order.Progress switch
    {
        OrderProgress.Preparing preparing => preparing.Challenges.Select(challenge => challenge.AuthorizationUrl),
        OrderProgress.Chosen chosen => chosen.Challenges.Where(challenge => failure?.Names.ContainsKey(challenge.Identifier) is not true).Select(challenge => challenge.AuthorizationUrl),
        OrderProgress.Created created when run.Unanswered.Count == 0 && failure is null => (await account.GetOrderAsync(created.OrderUrl, cancellationToken).ConfigureAwait(false)).Authorizations,
        OrderProgress.Finalizing finalizing => (await account.GetOrderAsync(finalizing.OrderUrl, cancellationToken).ConfigureAwait(false)).Authorizations,
        _ => run.Unanswered,
    };
}
