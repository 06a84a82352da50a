using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>Does what is due for one label: has it decided, has it done, tells what came of it, and says when to come again. Nothing escapes it.</summary>
internal sealed class LabelRunner(
    Labels labels, WorkerGate gate, SituationReader situations, DecisionActions actions, StateTakeover state, LabelEvents events, ILabelWaker waker, TimeProvider time)
{
    /// <summary>When to come again; null = when wishes or settings change, or when whoever is waited for says so.</summary>
    public async Task<DateTimeOffset?> RunAsync(string label, CancellationToken cancellationToken)
    {
        var entry = labels.Of(label);
        using var turn = actions.TurnOf(label);
        try
        {
            return await DoWhatIsDueAsync(entry, gate.Session, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Promise 5: nothing escapes the worker; one name's surprise is not another's.
        catch (Exception met)
#pragma warning restore CA1031
        {
            var obstacle = ExceptionObstacles.Of(met, time.GetUtcNow());
            if (obstacle.Kind is ObstacleKind.Unexpected) events.Publish(new LabelEvent.Surprised(entry.View(labels.WishOf(label)), met));
            actions.TakeTurns(entry, new Decision.Wait(obstacle));
            Tell(entry, labels.WishOf(label), new Decision.Wait(obstacle));
            return obstacle.Until;
        }
        finally
        {
            // Its order has moved on, met an obstacle or ended.
            foreach (var heir in entry.TakeHeirs()) waker.Wake(heir);
        }
    }

    private async Task<DateTimeOffset?> DoWhatIsDueAsync(LabelEntry entry, StateSession? session, CancellationToken cancellationToken)
    {
        var isWished = labels.WishOf(entry.Label) is not null;
        var wasRead = entry.IsRead;
        if (entry.IsSuspect || (entry.Damage is { } damage && (isWished || damage.MayPass)))
        {
            await state.ReloadAsync(entry, session, cancellationToken).ConfigureAwait(false);
            wasRead = false;
        }

        // A certificate that nobody wishes goes by its own end: thousands of schedules need not be read for that.
        if (!entry.IsRead && (isWished || entry.Run is not null || entry.Certificate is null || entry.Revocation is not null)) await state.ReadScheduleAsync(entry, cancellationToken).ConfigureAwait(false);

        if (session is not null) await actions.CorrectAsync(entry, session, cancellationToken).ConfigureAwait(false);

        // What was met at a CA in this run, and is no record's: the others are asked once, and it is not asked again for it.
        var met = new Dictionary<CaKey, Obstacle>();
        while (true)
        {
            entry.TakeRequests();
            if (entry.Rescheduled() is { } wanted)
            {
                await ScheduleRecord.SaveAsync(Writable(session), entry.Label, wanted, cancellationToken).ConfigureAwait(false);
                entry.Schedule = wanted;
            }

            entry.KeptRequests();

            if (entry.TakeRevocations() is { Count: > 0 } revoked)
            {
                if (!entry.IsRead) await state.ReadScheduleAsync(entry, cancellationToken).ConfigureAwait(false);
                await actions.BeginRevocationAsync(entry, labels.WishOf(entry.Label), revoked, Writable(session), cancellationToken).ConfigureAwait(false);
            }

            if (entry is { AwaitsImport: true, IsRead: false }) await state.ReadScheduleAsync(entry, cancellationToken).ConfigureAwait(false);

            var situation = (await situations.ReadAsync(entry, session, cancellationToken).ConfigureAwait(false)).With(met);
            if (situation.Heirs.Count > 0) entry.Heirs = situation.Heirs;

            // Failures of a former wish are no longer the label's, whatever is decided.
            if (situation is { Order: null, Wish: { } wish, Candidates: [var preferred, ..] }) entry.Schedule = ScheduleChanges.For(entry.Schedule, WishPrint.Of(wish, preferred.Provider));

            if (entry.TakeRollBack() is { } back)
            {
                await actions.RollBackAsync(entry, back, situation, Writable(session), cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (entry.AwaitsImport)
            {
                // Before it is taken: where the state is just being read it waits.
                var writable = Writable(session);
                await actions.ImportAsync(entry, entry.TakeImport(), situation, writable, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var decision = Planner.Decide(situation, time.GetUtcNow());

            // Another process moves the schedule on, and what it asked the CA after the commit was not to be read with that: what looks due by an old one may not be.
            if (session is null && wasRead && decision is Decision.Wait)
            {
                wasRead = false;
                await state.ReadScheduleAsync(entry, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (decision is Decision.Wait waiting && !await MayWaitAsync(entry, situation.Wish, waiting, session, cancellationToken).ConfigureAwait(false)) continue;

            // What is removed was looked at before, not only heard of.
            if (decision is Decision.Forget && !entry.IsRead)
            {
                await state.ReloadAsync(entry, session, cancellationToken).ConfigureAwait(false);
                continue;
            }

            // An order that begins has not taken its token yet: the next one in line would look too soon.
            if (decision is not Decision.Issue) actions.TakeTurns(entry, decision);
            Tell(entry, situation.Wish, decision);
            if (!decision.IsToBeDone) return NextLook(entry, decision);

            var outcome = situation.Candidates.Count > 1
                ? await DoAtOneOfManyAsync(entry, situation.Wish, decision, met, Writable(session), cancellationToken).ConfigureAwait(false)
                : await actions.DoAsync(entry, situation.Wish, decision, Writable(session), cancellationToken).ConfigureAwait(false);
            if (outcome is null) continue;

            actions.TakeTurns(entry, outcome);
            if (outcome is not Decision.Rest) Tell(entry, situation.Wish, outcome);
            return NextLook(entry, outcome);
        }
    }

    /// <summary>What was met on the way may be reason enough to ask another CA, now or later; null = decide anew.</summary>
    private async Task<Decision?> DoAtOneOfManyAsync(
        LabelEntry entry, Wish? wish, Decision decision, Dictionary<CaKey, Obstacle> met, StateSession session, CancellationToken cancellationToken)
    {
        Decision? outcome;
        try
        {
            outcome = await actions.DoAsync(entry, wish, decision, session, cancellationToken).ConfigureAwait(false);
        }
        catch (HeldException held)
        {
            var obstacle = ExceptionObstacles.Of(held, time.GetUtcNow());
            if (entry.Run is { Order.Account.Ca: var ca }) met[ca] = obstacle;
            outcome = new Decision.Wait(obstacle);
        }

        if (outcome is not Decision.Wait wait) return outcome;

        return Planner.Decide((await situations.ReadAsync(entry, session, cancellationToken).ConfigureAwait(false)).With(met), time.GetUtcNow()) switch
        {
            Decision.Abandon => null,
            Decision.Wait { Sooner: { } sooner } => wait with { Sooner = sooner },
            _ => outcome,
        };
    }

    /// <summary>What is to be revoked waits for nothing else.</summary>
    private DateTimeOffset? NextLook(LabelEntry entry, Decision decision) =>
        entry.Revocation?.DueAfter(time.GetUtcNow()) is { } due && !(decision.LookAt < due) ? due : decision.LookAt;

    private async Task<bool> MayWaitAsync(LabelEntry entry, Wish? wish, Decision.Wait wait, StateSession? session, CancellationToken cancellationToken) =>
        session is null || await actions.ParkAsync(session, wait, entry, wish, cancellationToken).ConfigureAwait(false);

    private StateSession Writable(StateSession? session) =>
        session ?? throw new HeldException(gate.Closed ?? new Obstacle(ObstacleKind.StateBeingRead, "the state is being read"));

    private void Tell(LabelEntry entry, Wish? wish, Decision decision)
    {
        var held = decision is Decision.Wait { Obstacle: { Kind: not (ObstacleKind.Backoff or ObstacleKind.CaAtWork) } obstacle } ? obstacle.Reason : null;
        var isNews = held is not null && held != entry.Told;

        // An order that waits for a human is looked at again and again, and is news when it waits for something else.
        if (held is not null || decision is Decision.Issue || (decision is Decision.Continue && entry.Run?.Order.Awaits is null)) entry.Told = held;

        entry.Obstacle = (decision as Decision.Wait)?.Obstacle;
        events.Publish(new LabelEvent.Decided(entry.View(wish), decision, isNews));
        if (decision is Decision.Wait { Obstacle.Kind: ObstacleKind.AccountUnusable or ObstacleKind.AccountBusy or ObstacleKind.SettingUnusable or ObstacleKind.LimitReached })
        {
            // This side makes the order wait: that uses up none of its patience with the CA.
            entry.Run?.WaitAnew();
        }

        if (decision is Decision.Wait { Obstacle.Kind: ObstacleKind.ProviderPaused or ObstacleKind.ProbeUnderWay }) entry.Run?.Pause(time.GetUtcNow());

        var outcome = new LabelOutcome(entry.View(wish), decision);
        entry.AnswerKept(outcome);
        if (!decision.IsSettled) return;
        if (decision is not Decision.Wait { Obstacle.Kind: ObstacleKind.ProbeUnderWay or ObstacleKind.AccountBusy or ObstacleKind.ProviderPaused }) entry.SpendForce();
        entry.AnswerRequests(outcome);
    }
}
