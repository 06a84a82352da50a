using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>Carries out what was decided about a label's order, and keeps what came of it: the schedule first, so that a kill cannot make the label forget it.</summary>
internal sealed class OrderActions(
    Issuer issuer, OrderClosing closing, GenerationVault vault, OrderPassage passage, IAcmeSettings settings, LabelEvents events, HookDesk hooks, TimeProvider time)
{
    private static readonly TimeSpan AfterLoss = TimeSpan.FromSeconds(5);

    /// <summary>Null: something has changed, plan again at once.</summary>
    public async Task<Decision.Wait?> DoAsync(LabelEntry entry, Wish? wish, Decision decision, StateSession session, CancellationToken cancellationToken)
    {
        // An order found after a restart was planned for a wish that no schedule record may know of yet: its end counts for that one.
        if (entry.Run is { } found) entry.Schedule = ScheduleChanges.For(entry.Schedule, found.Order.SchedulePrint ?? found.Order.WishPrint);

        switch (decision)
        {
            case Decision.Issue issue:
                return await StepAsync(entry, wish, issue.Provider, issue, session, cancellationToken).ConfigureAwait(false);

            case Decision.Continue(var provider):
                return await StepAsync(entry, wish, provider, null, session, cancellationToken).ConfigureAwait(false);

            case Decision.Finish(var provider):
                await FinishAsync(entry, wish, provider, session, cancellationToken).ConfigureAwait(false);
                return null;

            case Decision.Abandon abandon:
                await AbandonAsync(entry, abandon, session, cancellationToken).ConfigureAwait(false);
                return null;

            default:
                throw new InvalidOperationException($"{decision} is no action of an order.");
        }
    }

    /// <inheritdoc cref="DecisionActions.CorrectAsync"/>
    public async Task CorrectAsync(LabelEntry entry, StateSession session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (entry.Run is { } run) await run.CorrectAsync(now, cancellationToken).ConfigureAwait(false);
        if (entry.Schedule.Corrected(now) is var corrected && corrected != entry.Schedule) await SaveAsync(entry, corrected, session, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="OrderPassage.TakeTurns"/>
    public void TakeTurns(LabelEntry entry, Decision decision) => passage.TakeTurns(entry.Label, decision, entry.Certificate);

    /// <summary>Puts a label that waits for another one's doing where it will be woken. False where it need not wait any more: plan again.</summary>
    public Task<bool> ParkAsync(StateSession session, Decision.Wait wait, LabelEntry entry, Wish? wish, CancellationToken cancellationToken) => passage.ParkAsync(session, wait, entry, wish, cancellationToken);

    private async Task<Decision.Wait?> StepAsync(LabelEntry entry, Wish? wish, Provider provider, Decision.Issue? issue, StateSession session, CancellationToken cancellationToken)
    {
        if (issue is { IsRehearsal: false } && await AskHooksAsync(entry, wish!, issue, session, cancellationToken).ConfigureAwait(false) is { } veto) return new Decision.Wait(veto, provider);

        var account = entry.Run?.Order.Account ?? AccountName.Of(provider, wish!.Email);
        using var pass = await passage.TryEnterAsync(session, provider, account, entry, cancellationToken).ConfigureAwait(false);
        if (pass is null) return null;

        if (issue is not null) await BeginAsync(entry, wish!, issue, session, cancellationToken).ConfigureAwait(false);

        var run = entry.Run!;

        // Whoever asked for a look at what a human was to do gets it, once: here, and at a CA that was left for the same reason.
        if (run.Order is { Awaits: not null, IsRehearsal: false })
        {
            if (entry.IsForced) entry.Schedule = entry.Schedule.WithoutReferrals(DateTimeOffset.MaxValue);
            entry.SpendForce();
        }

        var result = run.Order.IsRehearsal
            ? await RehearseAsync(run, provider, entry, cancellationToken).ConfigureAwait(false)
            : await issuer.StepAsync(run, provider, entry.Certificate, cancellationToken).ConfigureAwait(false);
        switch (result)
        {
            case StepResult.Rehearsed(var ignored):
                events.Publish(new LabelEvent.Rehearsed(entry.View(wish), provider, ignored));
                await EndAsync(entry, provider, null, ScheduleChanges.AfterRehearsal(entry.Schedule, run.Order.Id), session, cancellationToken).ConfigureAwait(false);
                return null;

            case StepResult.WaitUntil:
                return null;

            case StepResult.ProviderFault(var until, var reason):
                events.Publish(new LabelEvent.ProviderFailed(entry.View(wish), provider, reason, until));
                return new Decision.Wait(new Obstacle(ObstacleKind.ProviderPaused, $"{provider.Name} does not answer as it should: {reason}", until), provider);

            case StepResult.Issued(var generation):
                await RevokeAsWellAsync(entry, run, generation.Id, session, cancellationToken).ConfigureAwait(false);
                await vault.CommitAsync(session, generation, entry.Certificate?.Generation, cancellationToken).ConfigureAwait(false);
                entry.Certificate = GenerationRecord.FactsOf(generation);
                entry.Losses = 0;
                events.Publish(new LabelEvent.Issued(entry.View(wish)));
                await FinishAsync(entry, wish, provider, session, cancellationToken).ConfigureAwait(false);
                return null;

            case StepResult.Failed(var failure):
                events.Publish(new LabelEvent.Failed(entry.View(wish), failure.Message) { Kind = failure.Word });
                await hooks.OweAsync(session, AcmeHookEvent.Failed, entry.View(wish), failure.Message, cancellationToken).ConfigureAwait(false);
                await EndAsync(entry, provider, failure, AfterFailure(entry, wish, run, failure), session, cancellationToken).ConfigureAwait(false);
                return null;

            case StepResult.HumanNeeded(var reason):
                events.Publish(new LabelEvent.Failed(entry.View(wish), reason));
                await hooks.OweAsync(session, AcmeHookEvent.Failed, entry.View(wish), reason, cancellationToken).ConfigureAwait(false);
                await EndAsync(entry, provider, null, ScheduleChanges.AfterRefusal(entry.Schedule, run.Order.Ended(), reason, entry.Certificate, time.GetUtcNow()), session, cancellationToken).ConfigureAwait(false);
                return null;

            case StepResult.Lost(var reason):
                events.Publish(new LabelEvent.Lost(entry.View(wish), reason));
                var isFirst = entry.Losses++ == 0;
                var schedule = isFirst ? entry.Schedule : ScheduleChanges.AfterLoss(entry.Schedule, entry.Label, run.Order.Id, reason, entry.Certificate, time.GetUtcNow());
                await EndAsync(entry, provider, null, schedule, session, cancellationToken).ConfigureAwait(false);
                return isFirst ? new Decision.Wait(new Obstacle(ObstacleKind.CaAtWork, reason, time.GetUtcNow() + AfterLoss), provider) : null;

            default:
                throw new InvalidOperationException("A step ended in an unknown way.");
        }
    }

    /// <summary>Whoever is asked may take two minutes, and nobody else's turn at the CA is kept meanwhile. A veto is on disk before it holds.</summary>
    private async Task<Obstacle?> AskHooksAsync(LabelEntry entry, Wish wish, Decision.Issue issue, StateSession session, CancellationToken cancellationToken)
    {
        if (await hooks.AskAsync(entry.View(wish), issue.Because.Text, cancellationToken).ConfigureAwait(false) is not { } veto) return null;

        var obstacle = Obstacles.OfVeto(veto, entry.Certificate, issue.Because, time.GetUtcNow());
        events.Publish(new LabelEvent.Vetoed(entry.View(wish), veto, obstacle?.Until));
        if (obstacle is not null) await SaveAsync(entry, entry.Schedule with { Veto = veto }, session, cancellationToken).ConfigureAwait(false);
        return obstacle;
    }

    /// <summary>A failed validation is what a rehearsal is for; whatever else goes wrong at the staging directory says nothing about the names.</summary>
    private async Task<StepResult> RehearseAsync(OrderRun run, Provider staging, LabelEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            return await issuer.StepAsync(run, staging, entry.Certificate, cancellationToken).ConfigureAwait(false) switch
            {
                StepResult.Failed({ Kind: OrderFailureKind.Validation } failure) => new StepResult.Failed(failure with { Message = $"{failure.Message} (at {staging.Name}, where it is tried first)" }),
                StepResult.Failed({ Message: var reason }) => new StepResult.Rehearsed(reason),
                StepResult.ProviderFault(_, var reason) => new StepResult.Rehearsed(reason),
                StepResult.Lost(var reason) => new StepResult.Rehearsed(reason),
                StepResult.HumanNeeded(var reason) => new StepResult.Rehearsed(reason),
                var result => result,
            };
        }
        catch (HeldException held)
        {
            return new StepResult.Rehearsed(held.Message);
        }
    }

    private async Task BeginAsync(LabelEntry entry, Wish wish, Decision.Issue issue, StateSession session, CancellationToken cancellationToken)
    {
        if (!issue.IsRehearsal) entry.SpendForce();
        var reused = issue.ReusesKey ? (await GenerationVault.TryReadAsync(session, entry.Label, entry.Certificate!.Generation, cancellationToken).ConfigureAwait(false))?.PrivateKeyPkcs8.ToArray() : null;
        issue = issue with { ReusesKey = reused is not null };
        var intent = PendingOrder.Intent(wish, issue, entry.Certificate, entry.Schedule, Guid.NewGuid().ToString("N"), time.GetUtcNow());
        entry.Run = await OrderJournal.BeginAsync(session, intent, cancellationToken, reused).ConfigureAwait(false);
        events.Publish(new LabelEvent.Ordering(entry.View(wish), issue.Provider, issue.Because) { IsRehearsal = issue.IsRehearsal });
    }

    /// <summary>An order that had gone too far to be given up when its key was said to be compromised: what it brings is revoked, too. On disk before the certificate, so that no kill spares it.</summary>
    private static async Task RevokeAsWellAsync(LabelEntry entry, OrderRun run, string generation, StateSession session, CancellationToken cancellationToken)
    {
        if (entry.Revocation is not { } revocation || !revocation.Knows(run.Order.Id, run.Order.ReusesKey) || revocation.Generations.Contains(generation)) return;

        revocation = revocation with { Generations = [.. revocation.Generations, generation] };
        await RevocationRecord.SaveAsync(session, entry.Label, revocation, cancellationToken).ConfigureAwait(false);
        entry.Revocation = revocation;
    }

    /// <summary>After the commit: the schedule, then the order's record. A kill between them is made up for at the next start.</summary>
    private async Task FinishAsync(LabelEntry entry, Wish? wish, Provider? provider, StateSession session, CancellationToken cancellationToken)
    {
        var run = entry.Run!;
        entry.SpendForce();
        if (entry.Schedule.LastOrder != run.Order.Id)
        {
            await SaveAsync(entry, AfterIssue(entry, wish, run), session, cancellationToken).ConfigureAwait(false);
        }

        await closing.FinishAsync(run, provider, cancellationToken).ConfigureAwait(false);
        entry.Run = null;
        await vault.TidyAsync(session, entry.Label, entry.Certificate!.Generation, cancellationToken, entry.Revocation?.Generations).ConfigureAwait(false);
    }

    /// <summary>An order that ended before a kill, whose wish has changed, or that is left for another CA. What the CA asked for outlives it, and why it is left: else that CA would be asked again at once.</summary>
    private async Task AbandonAsync(LabelEntry entry, Decision.Abandon abandon, StateSession session, CancellationToken cancellationToken)
    {
        var order = entry.Run!.Order;
        var schedule = Asked(entry.Schedule, order);
        if (abandon.Left is { } left) schedule = ScheduleChanges.AfterLeaving(schedule, order.DirectoryUrl, left, entry.Certificate, time.GetUtcNow());

        // What a rehearsal that has ended said stands.
        if (order.IsRehearsal && schedule.LastOrder != order.Id) schedule = ScheduleChanges.AfterRehearsal(schedule, order.Id);
        if (schedule != entry.Schedule) await SaveAsync(entry, schedule, session, cancellationToken).ConfigureAwait(false);
        await closing.AbandonAsync(entry.Run, abandon.Provider, null, cancellationToken).ConfigureAwait(false);
        entry.Run = null;
    }

    private async Task EndAsync(LabelEntry entry, Provider provider, OrderFailure? failure, Schedule schedule, StateSession session, CancellationToken cancellationToken)
    {
        // What was asked for is the order that follows a rehearsal, unless that has failed.
        if (!entry.Run!.Order.IsRehearsal || failure is not null) entry.SpendForce();
        await SaveAsync(entry, Asked(schedule, entry.Run!.Order), session, cancellationToken).ConfigureAwait(false);
        await closing.AbandonAsync(entry.Run!, provider, failure, cancellationToken).ConfigureAwait(false);
        entry.Run = null;
    }

    /// <summary>What the CA asked of the order outlives it.</summary>
    private Schedule Asked(Schedule schedule, PendingOrder order) =>
        order.NotBefore is { } until && Waits.Last(until, Waits.LongestAsked, time.GetUtcNow()) ? schedule.Asked(new AskedWait(order.DirectoryUrl, order.Email, until) { AskedAt = order.AskedAt }, time.GetUtcNow()) : schedule;

    private Schedule AfterFailure(LabelEntry entry, Wish? wish, OrderRun run, OrderFailure failure) => wish is null
        ? entry.Schedule with { LastOrder = run.Order.Id, Problem = failure.Message, NameProblems = null }
        : ScheduleChanges.AfterFailure(entry.Schedule, wish, run.Order.Ended(), failure, entry.Certificate, time.GetUtcNow());

    /// <summary>Of a label that is not wished any more it is only known that the order has ended.</summary>
    private Schedule AfterIssue(LabelEntry entry, Wish? wish, OrderRun run) => wish is null
        ? entry.Schedule with { LastOrder = run.Order.Id }
        : ScheduleChanges.AfterIssue(entry.Schedule, wish, run.Order.Ended(), entry.Certificate!, settings.Current.Renewal, time.GetUtcNow());

    private static async Task SaveAsync(LabelEntry entry, Schedule schedule, StateSession session, CancellationToken cancellationToken)
    {
        await ScheduleRecord.SaveAsync(session, entry.Label, schedule, cancellationToken).ConfigureAwait(false);
        entry.Schedule = schedule;
    }
}
