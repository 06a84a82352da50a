using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Publishes the answers, tells the CA, and looks at the order until all names are validated (RFC 8555 section 7.5.1).</summary>
internal sealed class AnsweringStep(AnswerDesk desk, Ledgers ledgers, TimeProvider time, ILogger logger)
{
    /// <summary>A challenge that nobody knows to have begun is told to begin once more when it has not moved for so long.</summary>
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(15);

    /// <summary>Until then there is little to see: a CA that was told validates at once.</summary>
    private static readonly TimeSpan UnsureLook = TellAgainAfter / 2;

    private const int LooksAtTheOrderAlone = 3;

    /// <summary>Looks from here before the first validation: a pod that is being started is there by then.</summary>
    private const int Preflights = 3;

    private static readonly TimeSpan BetweenPreflights = TimeSpan.FromSeconds(5);

    /// <param name="isNew">The label has no certificate yet.</param>
    public async Task<StepResult> RunAsync(OrderRun run, OrderProgress.Answering answering, Provider provider, AcmeAccount account, bool isNew, CancellationToken cancellationToken)
    {
        if (!run.Published)
        {
            await desk.PublishAsync(run.Session, answering, account.Key, cancellationToken).ConfigureAwait(false);
            run.Published = true;
            if (run.MayHaveToldBefore) foreach (var challenge in answering.Challenges) run.Told[challenge.AuthorizationUrl] = time.GetUtcNow();
        }

        if (isNew && run.Told.Count == 0 && await LookFirstAsync(run, answering, account.Key, cancellationToken).ConfigureAwait(false) is { } later) return later;
        if (await TellAsync(run, answering, provider, account, cancellationToken).ConfigureAwait(false)) return Wait(run, run.AskedWait);

        var order = await account.GetOrderAsync(answering.OrderUrl, cancellationToken).ConfigureAwait(false);
        run.Seen = order;
        run.Looks++;
        if (order.Status is AcmeStatus.Ready or AcmeStatus.Processing or AcmeStatus.Valid) return await LeaveAsync(run, answering, provider, cancellationToken).ConfigureAwait(false);

        var now = time.GetUtcNow();
        if (order.Status is AcmeStatus.Invalid || run.Looks >= LooksAtTheOrderAlone || Patience.IsHalfOver(run, now) || run.Told.Values.Any(since => since is not null))
        {
            var authorizations = new List<AcmeAuthorization>();
            foreach (var url in order.Authorizations) authorizations.Add(await account.GetAuthorizationAsync(url, cancellationToken).ConfigureAwait(false));
            if (order.Status is AcmeStatus.Invalid || authorizations.Any(FailureReport.IsDead))
            {
                desk.CountEnded(provider, answering, authorizations);
                return OrderEnd.Of(order, authorizations, answering.Expires, now);
            }

            await TellAgainAsync(run, answering, authorizations, provider, account, cancellationToken).ConfigureAwait(false);
            if (Patience.Wait(run, order.RetryAfter, Patience.Order, now) is null)
            {
                desk.CountEnded(provider, answering, authorizations, open: ValidationOutcome.Timeout);
                return new StepResult.Failed(TimedOut(answering, authorizations, run.Trouble));
            }
        }

        return Wait(run, order.RetryAfter);
    }

    /// <summary>Where nothing is to be seen yet the CA waits a little; it sees more than this machine, so it is asked all the same.</summary>
    private async Task<StepResult.WaitUntil?> LookFirstAsync(OrderRun run, OrderProgress.Answering answering, AcmeAccountKey key, CancellationToken cancellationToken)
    {
        if (run.Preflights >= Preflights || await desk.FindFaultAsync(answering, key, cancellationToken).ConfigureAwait(false) is not { } fault) return null;

        run.Preflights++;
        logger.NotReachedFromHere(run.Order.Label, fault, run.Preflights < Preflights ? "the CA is asked a little later" : "the CA is asked all the same");
        return run.Preflights < Preflights ? new StepResult.WaitUntil(time.GetUtcNow() + BetweenPreflights) { IsOurs = true } : null;
    }

    private StepResult.WaitUntil Wait(OrderRun run, TimeSpan? retryAfter)
    {
        var now = time.GetUtcNow();
        if (run.Told.Values.Any(since => since is not null) && !(retryAfter > UnsureLook)) retryAfter = UnsureLook;
        return Patience.Wait(run, retryAfter, Patience.Order, now) ?? new StepResult.WaitUntil(now + Patience.Next(run.Looks, retryAfter));
    }

    /// <summary>Tells the CA of each challenge it has not been told of; true when there was one.</summary>
    private async Task<bool> TellAsync(OrderRun run, OrderProgress.Answering answering, Provider provider, AcmeAccount account, CancellationToken cancellationToken)
    {
        var untold = answering.Challenges.Where(challenge => !run.Told.ContainsKey(challenge.AuthorizationUrl)).ToList();
        if (untold.Count == 0) return false;

        await ReserveAsync(run, untold, provider, cancellationToken).ConfigureAwait(false);
        foreach (var challenge in untold) await TellAsync(run, challenge, account, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task TellAsync(OrderRun run, ChosenChallenge challenge, AcmeAccount account, CancellationToken cancellationToken)
    {
        try
        {
            var told = await account.AnswerAsync(challenge.ChallengeUrl, cancellationToken).ConfigureAwait(false);
            run.Told[challenge.AuthorizationUrl] = null;
            if (run.AskedWait is not { } longest || told.RetryAfter > longest) run.AskedWait = told.RetryAfter;
        }
        catch (AcmeException lost) when (lost.MayHaveBeenProcessed)
        {
            run.Told[challenge.AuthorizationUrl] = time.GetUtcNow();
            throw;
        }
        catch (AcmeException refused) when (refused.Fault is AcmeFault.Rejected)
        {
            // It had begun, or the authorization is dead: the authorization says which.
            run.Told[challenge.AuthorizationUrl] = null;
            run.Looks = LooksAtTheOrderAlone;
        }
    }

    /// <summary>After a kill or a lost answer: once more for what has not moved, and never again.</summary>
    private async Task TellAgainAsync(
        OrderRun run, OrderProgress.Answering answering, List<AcmeAuthorization> authorizations, Provider provider, AcmeAccount account, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var challenge in answering.Challenges)
        {
            if (!run.Told.TryGetValue(challenge.AuthorizationUrl, out var told) || told is not { } since) continue;

            var authorization = authorizations.FirstOrDefault(authorization => authorization.Url == challenge.AuthorizationUrl);
            if (authorization?.Challenges.FirstOrDefault(offered => offered.Url == challenge.ChallengeUrl) is { Status: AcmeStatus.Pending } && authorization.Status is AcmeStatus.Pending)
            {
                if (now - since < TellAgainAfter) continue;
                if (!run.ToldAgain.Add(challenge.AuthorizationUrl))
                {
                    run.Told[challenge.AuthorizationUrl] = null;
                    continue;
                }

                await ReserveAsync(run, [challenge], provider, cancellationToken).ConfigureAwait(false);
                await TellAsync(run, challenge, account, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                run.Told[challenge.AuthorizationUrl] = null;
            }
        }
    }

    private async Task ReserveAsync(OrderRun run, List<ChosenChallenge> challenges, Provider provider, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
        var refusals = await Task.WhenAll(challenges.Select(challenge => ledger.ReserveAsync(
            LedgerTag.Failure(run.Order.Id, challenge.Identifier), LedgerCosts.Failure(provider.Limits, run.Order.Account, challenge.Identifier), cancellationToken))).ConfigureAwait(false);
        if (refusals.OfType<LedgerRefusal>().MaxBy(refusal => refusal.Until) is { } refusal) throw new HeldException(ObstacleKind.LimitReached, refusal.Reason, refusal.Until);
    }

    private async Task<StepResult> LeaveAsync(OrderRun run, OrderProgress.Answering answering, Provider provider, CancellationToken cancellationToken)
    {
        var types = answering.Challenges.Select(challenge => challenge.Type).Distinct().ToList();
        var next = run.Order with { Progress = new OrderProgress.Finalizing(answering.OrderUrl, answering.Expires), WorkedChallenge = types.Count == 1 ? types[0] : null };
        await run.AdvanceAsync(next, cancellationToken).ConfigureAwait(false);

        desk.CountValid(provider, answering);
        await desk.WithdrawAsync(run.Session, answering, cancellationToken).ConfigureAwait(false);
        var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
        var settled = answering.Challenges.Select(challenge => ledger.SettleAsync(LedgerTag.Failure(next.Id, challenge.Identifier), spent: false, cancellationToken));
        var learned = next.WorkedChallenge is { } worked ? ledger.LearnAsync(worked, worked: true, cancellationToken) : Task.CompletedTask;
        await Task.WhenAll(settled.Append(learned)).ConfigureAwait(false);
        return StepResult.Advanced;
    }

    private static OrderFailure TimedOut(OrderProgress.Answering answering, List<AcmeAuthorization> authorizations, string? trouble)
    {
        var had = trouble is null ? "" : $"; it had trouble: {trouble}";

        // A CA may list a name twice; with its wildcard it does (RFC 8555 section 7.1.4).
        var open = authorizations.Where(authorization => authorization.Status is not AcmeStatus.Valid).Select(FailureReport.NameOf).Distinct(StringComparer.Ordinal).ToDictionary(
            name => name,
            _ => $"{(answering.Challenges is [var first, ..] ? first.Type : "validation")}: the CA did not validate it within {Patience.Order.TotalMinutes:0} minutes{had}",
            StringComparer.Ordinal);
        return open.Count > 0
            ? new OrderFailure(OrderFailureKind.Validation, string.Join("; ", open.Select(name => $"{name.Key}: {name.Value}")), open)
            : new OrderFailure(OrderFailureKind.Validation, $"all names are validated, and the CA did not get the order ready within {Patience.Order.TotalMinutes:0} minutes{had}");
    }
}
