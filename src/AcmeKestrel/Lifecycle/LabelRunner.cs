using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Does what is due for one label: plans, steps its order, keeps the outcome, and says when to come again. Nothing escapes it.</summary>
internal sealed class LabelRunner(
    IAcmeSettings settings,
    WorkerGate gate,
    Ledgers ledgers,
    LedgerCosts costs,
    OrderJournal journal,
    Issuer issuer,
    GenerationVault vault,
    RenewalDesk renewals,
    StateLoader loader,
    FencedStore store,
    StatusBoard board,
    TimeProvider time,
    ILogger<LabelRunner> logger)
{
    private static readonly TimeSpan HeldInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LostInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StoreInterval = TimeSpan.FromMinutes(1);

    /// <summary>When to come again; null = when wishes or settings change, or when a circuit says so.</summary>
    public async Task<DateTimeOffset?> RunAsync(LabelEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (entry.Wish is not { } wish) return await DropAsync(entry, cancellationToken).ConfigureAwait(false);
                if (await OnceAsync(entry, wish, cancellationToken).ConfigureAwait(false) is { } outcome) return outcome.Due;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (StateHeldException held)
        {
            return Hold(entry, held.Message, held.Until ?? time.GetUtcNow() + HeldInterval).Due;
        }
        catch (DamagedRecordException damaged)
        {
            return Hold(entry, damaged.Message, time.GetUtcNow() + HeldInterval).Due;
        }
        catch (AcmeException unfinished)
        {
            // Tidying up after an order needs the CA, too; its record is there until that is done. Zero is no wait: obeyed, it would be asked for ever and at once.
            return Hold(entry, unfinished.Message, time.GetUtcNow() + (unfinished.RetryAfter is { Ticks: > 0 } asked ? asked : HeldInterval)).Due;
        }
        catch (Exception unwritten) when (unwritten is StoreUnavailableException or StoreConflictException)
        {
            return Hold(entry, unwritten.Message, time.GetUtcNow() + StoreInterval).Due;
        }
#pragma warning disable CA1031 // Promise 5: nothing escapes the worker; one name's surprise is not another's.
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            logger.UnexpectedFailure(unexpected, entry.Label);
            return Hold(entry, $"unexpected: {unexpected.Message}", time.GetUtcNow() + HeldInterval).Due;
        }
    }

    /// <summary>Null: something has changed, plan again at once.</summary>
    private async Task<Outcome?> OnceAsync(LabelEntry entry, Wish wish, CancellationToken cancellationToken)
    {
        if (entry.Damage is not null)
        {
            await loader.ReloadAsync(entry, cancellationToken).ConfigureAwait(false);
            if (entry.Damage is { } damage) return Hold(entry, damage, time.GetUtcNow() + HeldInterval);
        }

        var current = settings.Current;
        if (!current.Providers.TryGetValue(wish.Provider, out var provider)) return Hold(entry, $"{wish.Origin} names the provider '{wish.Provider}', which is not configured", null);

        var print = ScheduleRules.Print(wish, provider);
        if (entry.Run is { } found)
        {
            // An order found after a restart was planned for a wish that no schedule record may know of yet: its end counts for that one.
            entry.Schedule = ScheduleRules.For(entry.Schedule, found.Order.Wish);
            if (await ClearFinishedAsync(entry, found, wish, print, cancellationToken).ConfigureAwait(false)) return null;
        }

        if (entry.Run is null)
        {
            var settled = await PlanAsync(entry, wish, provider, current.Renewal, cancellationToken).ConfigureAwait(false);
            if (settled is not null || entry.Run is null) return settled;
        }

        if (gate.Closed is { } closed) return Hold(entry, closed.Reason, null, settled: !closed.IsBrief);

        var (run, now) = (entry.Run, time.GetUtcNow());
        var orderedAt = run.Order.Among(current.Providers) ?? provider;

        // Whoever will not ask now must not become the probe that all the others wait for.
        if (run.Order.NotBefore is { } notBefore && Waits.Last(notBefore, Backoff.LongestDelay, now)) return Hold(entry, $"{orderedAt.Name} asked to wait (Retry-After)", notBefore);
        var waits = run.NextLook is { } look && Waits.Last(look, Backoff.LongestDelay, now);
        var ledger = await ledgers.GetAsync(orderedAt, cancellationToken).ConfigureAwait(false);
        if (!waits && ledger.Circuit.Refuses(entry.Label) is { } refusal) return Hold(entry, $"{orderedAt.Name} does not answer as it should: {refusal.Reason}", refusal.Until);

        entry.HeldReason = null;
        board.Set(LabelStatus.Of(entry, wish, AcmeCertificateState.Ordering, null, null), settled: false);
        if (waits) return new Outcome(run.NextLook);

        return await StepAsync(entry, run, wish, orderedAt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null when an order was begun, or the CA said something that is to be planned with.</summary>
    private async Task<Outcome?> PlanAsync(LabelEntry entry, Wish wish, Provider provider, RenewalPolicy policy, CancellationToken cancellationToken)
    {
        var (ledger, damage) = await LedgerAsync(provider, cancellationToken).ConfigureAwait(false);
        var print = ScheduleRules.Print(wish, provider);
        entry.Schedule = ScheduleRules.For(entry.Schedule, print);
        var schedule = entry.TakeForce() ? entry.Schedule with { NextAttempt = null } : entry.Schedule;

        switch (Planner.Decide(wish, provider, entry.Served, schedule, Allows, policy, time.GetUtcNow()))
        {
            case Decision.ServeUntil(var due):
                return await ServeAsync(entry, wish, provider, policy, due, cancellationToken).ConfigureAwait(false);

            case Decision.RetryAt(var due, var because):
                board.Set(LabelStatus.Of(entry, wish, AcmeCertificateState.Failing, because, due), settled: true);
                return new Outcome(due);

            case Decision.Held(var reason, var until):
                return Hold(entry, reason, until);

            case Decision.Issue issue when gate.Closed is { } closed:
                return Hold(entry, $"{issue.Because}, but {closed.Reason}", null, settled: !closed.IsBrief);

            case Decision.Issue issue:
                logger.Ordering(entry.Label, issue.Because);
                entry.Run = await journal.BeginAsync(Intent(entry, wish, provider, print, issue), cancellationToken).ConfigureAwait(false);
                return null;

            default:
                throw new InvalidOperationException("A decision of an unknown kind.");
        }

        LedgerRefusal? Allows(IReadOnlyList<AcmeIdentifier> identifiers, bool isRenewal) => ledger is null ? damage : ledger.Refuses([
            .. LedgerCosts.Order(provider.Limits, wish.Email),
            .. costs.Certificate(provider.Limits, identifiers, isRenewal),
            .. identifiers.SelectMany(name => LedgerCosts.Failure(provider.Limits, wish.Email, name.Value))]);
    }

    /// <summary>Nothing is to be ordered: there is time to ask the CA when to renew. Null when its answer is to be planned with.</summary>
    private async Task<Outcome?> ServeAsync(LabelEntry entry, Wish wish, Provider provider, RenewalPolicy policy, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var (served, now) = (entry.Served!, time.GetUtcNow());
        var fetch = policy.Ari && gate.Closed is null ? RenewalHints.NextFetch(served, entry.Schedule, now) : null;
        var asks = fetch <= now;
        board.Set(LabelStatus.Of(entry, wish, AcmeCertificateState.Served, null, due), settled: !asks);
        if (!asks) return new Outcome(fetch < due ? fetch : due);

        var known = RenewalHints.Of(served, entry.Schedule);
        var reply = await renewals.AskAsync(provider, served, known, cancellationToken).ConfigureAwait(false);
        if (reply.Hint is not { } hint)
        {
            if (reply.IsQuiet) board.Set(LabelStatus.Of(entry, wish, AcmeCertificateState.Served, null, due), settled: true);
            return new Outcome(reply.Later < due ? reply.Later : due);
        }

        await KeepHintAsync(entry, entry.Schedule with { Renewal = hint }, cancellationToken).ConfigureAwait(false);
        if (hint.Window is { } window && window != known?.Window && RenewalTime.IsHurried(served, entry.Schedule, policy))
        {
            logger.RenewalHurried(entry.Label, window.Start, window.End, RenewalTime.DueAt(served, entry.Schedule, policy), window.ExplanationUrl is { } url ? $" ({url})" : "");
        }

        return null;
    }

    /// <summary>What cannot be written counts all the same: a full disk is no reason to ask the CA again and again, nor to hold a name that is served.</summary>
    private async Task KeepHintAsync(LabelEntry entry, Schedule schedule, CancellationToken cancellationToken)
    {
        try
        {
            await SaveAsync(entry, schedule, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritten) when (unwritten is StoreUnavailableException or StoreConflictException)
        {
            logger.RenewalInfoNotKept(entry.Label, unwritten.Message);
            entry.Schedule = schedule;
        }
    }

    /// <summary>A damaged ledger refuses every order, and holds no name that needs none.</summary>
    private async Task<(ProviderLedger? Ledger, LedgerRefusal? Damage)> LedgerAsync(Provider provider, CancellationToken cancellationToken)
    {
        try
        {
            return (await ledgers.GetAsync(provider, cancellationToken).ConfigureAwait(false), null);
        }
        catch (DamagedRecordException damaged)
        {
            return (null, new LedgerRefusal(damaged.Message, time.GetUtcNow() + HeldInterval));
        }
    }

    private PendingOrder Intent(LabelEntry entry, Wish wish, Provider provider, string print, Decision.Issue issue)
    {
        // Generations sort by their stamp: a clock that was set back must not make the new one the older one.
        var stamp = time.GetUtcNow();
        if (entry.Served is { } served && GenerationStamp.Of(served.Generation) is { } last && stamp <= last) stamp = last.AddSeconds(1);

        var (names, profile) = (issue.Identifiers.Select(name => name.Value).ToList(), wish.Profile ?? provider.Profile);
        return new PendingOrder(
            Guid.NewGuid().ToString("N"), entry.Label, print, provider.Name, provider.DirectoryUrl, wish.Email, names,
            wish.KeyType, profile == entry.Schedule.DroppedProfile ? null : profile, issue.Challenges, issue.IsRenewal, stamp, new OrderProgress.Intent())
        {
            WishedProfile = profile,
            RequiresProfile = profile is not null && wish.RequireProfile,
            Replaces = settings.Current.Renewal.Ari ? ReplacedCertificate.Of(entry.Served, provider.DirectoryUrl, names, time.GetUtcNow()) : null,
            EarlyRenewals = issue.EarlyRenewals,

            // The CA's wait binds the account and the name, whatever is wished of them now.
            NotBefore = entry.Abandoned is { } before && (before.DirectoryUrl, before.Email) == (provider.DirectoryUrl, wish.Email) ? before.NotBefore : null,
        };
    }

    /// <summary>An order that ended before a kill, or whose wish has changed, is cleared away. True when there is none afterwards.</summary>
    private async Task<bool> ClearFinishedAsync(LabelEntry entry, OrderRun run, Wish wish, string print, CancellationToken cancellationToken)
    {
        var provider = run.Order.Among(settings.Current.Providers);
        // By its generation: a CA may give the order of the present certificate once more, for another key.
        if (entry.Served is { } served && run.Order.OrderUrl is { } url && served.Generation == PendingOrder.GenerationId(run.Order.Stamp, url))
        {
            await FinishAsync(entry, run, wish, provider, cancellationToken).ConfigureAwait(false);
            return true;
        }

        if (provider is not null && (run.Order.Wish == print || run.Order.IsCommitted) && run.Order.Id != entry.Schedule.LastOrder) return false;

        // Giving an order up needs the CA: until it may be talked to, the record stays.
        if (gate.Closed is not null) return false;

        if (provider is not null) await issuer.AbandonAsync(run, provider, null, cancellationToken).ConfigureAwait(false);
        await journal.ClearAsync(run, cancellationToken).ConfigureAwait(false);
        (entry.Abandoned, entry.Run) = (run.Order, null);
        return true;
    }

    private async Task<Outcome?> StepAsync(LabelEntry entry, OrderRun run, Wish wish, Provider provider, CancellationToken cancellationToken)
    {
        try
        {
            switch (await issuer.StepAsync(run, provider, entry.Served, cancellationToken).ConfigureAwait(false))
            {
                case StepResult.WaitUntil(var due):
                    run.NextLook = due;
                    return new Outcome(due);

                case StepResult.ProviderFault(var until, var reason):
                    logger.ProviderFault(provider.Name, reason, until);
                    return Hold(entry, $"{provider.Name} does not answer as it should: {reason}", until);

                case StepResult.Issued(var generation):
                    await vault.CommitAsync(generation, cancellationToken).ConfigureAwait(false);
                    entry.Served = CertificateFacts.Of(generation);
                    entry.Losses = 0;
                    logger.Issued(entry.Label, generation.Id, generation.Chain.NotAfter);
                    await FinishAsync(entry, run, wish, provider, cancellationToken).ConfigureAwait(false);
                    return null;

                case StepResult.Failed(var failure):
                    logger.OrderFailed(entry.Label, failure.Message);
                    await EndAsync(entry, run, provider, failure, ScheduleRules.AfterFailure(entry.Schedule, wish, run.Order, failure, entry.Served, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
                    return null;

                case StepResult.Lost(var reason):
                    logger.OrderLost(entry.Label, reason);
                    if (entry.Losses++ > 0)
                    {
                        await EndAsync(entry, run, provider, null, ScheduleRules.AfterLoss(entry.Schedule, wish, run.Order, reason, entry.Served, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
                        return null;
                    }

                    await EndAsync(entry, run, provider, null, entry.Schedule, cancellationToken).ConfigureAwait(false);
                    return new Outcome(time.GetUtcNow() + LostInterval);

                default:
                    throw new InvalidOperationException("A step ended in an unknown way.");
            }
        }
        catch (HumanNeededException needed)
        {
            logger.OrderFailed(entry.Label, needed.Message);
            await EndAsync(entry, run, provider, null, ScheduleRules.AfterRefusal(entry.Schedule, run.Order.Id, needed.Message, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>After the commit: the schedule, then the order's record. A kill between them is made up for at the next start.</summary>
    private async Task FinishAsync(LabelEntry entry, OrderRun run, Wish wish, Provider? provider, CancellationToken cancellationToken)
    {
        if (entry.Schedule.LastOrder != run.Order.Id)
        {
            await SaveAsync(entry, ScheduleRules.AfterIssue(entry.Schedule, wish, run.Order, entry.Served!, settings.Current.Renewal, time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        }

        if (provider is not null) await issuer.SettleAsync(run.Order, provider, cancellationToken).ConfigureAwait(false);
        await journal.ClearAsync(run, cancellationToken).ConfigureAwait(false);
        entry.Run = null;
        await vault.TidyAsync(entry.Label, entry.Served!.Generation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>After a failure: the schedule first, so that a kill cannot make the name forget it.</summary>
    private async Task EndAsync(LabelEntry entry, OrderRun run, Provider provider, OrderFailure? failure, Schedule schedule, CancellationToken cancellationToken)
    {
        await SaveAsync(entry, schedule, cancellationToken).ConfigureAwait(false);
        await issuer.AbandonAsync(run, provider, failure, cancellationToken).ConfigureAwait(false);
        await journal.ClearAsync(run, cancellationToken).ConfigureAwait(false);
        entry.Run = null;
    }

    private async Task SaveAsync(LabelEntry entry, Schedule schedule, CancellationToken cancellationToken)
    {
        var content = new RecordContent([FencedStore.Json("schedule.json", schedule, LifecycleJson.Default.Schedule)]);
        await store.WriteAsync(new RecordKey(RecordKind.Schedule, entry.Label), content, cancellationToken).ConfigureAwait(false);
        entry.Schedule = schedule;
    }

    /// <summary>No longer wished: an order that has not come far is given up, the certificate stays and is served on.</summary>
    private async Task<DateTimeOffset?> DropAsync(LabelEntry entry, CancellationToken cancellationToken)
    {
        board.Remove(entry.Label);
        if (entry.Run is not { } run || run.Order.IsCommitted || gate.Closed is not null) return null;

        if (run.Order.Among(settings.Current.Providers) is { } provider) await issuer.AbandonAsync(run, provider, null, cancellationToken).ConfigureAwait(false);
        await journal.ClearAsync(run, cancellationToken).ConfigureAwait(false);
        entry.Run = null;
        return null;
    }

    private Outcome Hold(LabelEntry entry, string reason, DateTimeOffset? until, bool settled = true)
    {
        if (entry.Wish is { } wish) board.Set(LabelStatus.Of(entry, wish, AcmeCertificateState.Held, reason, until), settled);
        if (entry.HeldReason != reason) logger.Held(entry.Label, reason);
        entry.HeldReason = reason;
        return new Outcome(until);
    }

    private sealed record Outcome(DateTimeOffset? Due);
}
