using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;

namespace AcmeKestrel.Lifecycle;

/// <summary>Does what was decided, by whom it concerns: its order, its renewal's moment, its stored records.</summary>
internal sealed class DecisionActions(OrderActions orders, RenewalInquiry renewals, StoredLabels stored, RevocationActions revocations, ProviderClients clients)
{
    /// <summary>What is kept for the label until the end of its run; null: nothing.</summary>
    public IDisposable? TurnOf(string label) => renewals.TurnOf(label);

    /// <summary>What the label waits for now; null: something has changed, plan again at once.</summary>
    /// <param name="decision">One that is to be done, and no waiting.</param>
    public async Task<Decision?> DoAsync(LabelEntry entry, Wish? wish, Decision decision, StateSession session, CancellationToken cancellationToken)
    {
        using var use = clients.Use();
        switch (decision)
        {
            case Decision.Serve serve:
                return await renewals.AskAsync(entry, entry.View(wish), serve, session, cancellationToken).ConfigureAwait(false);

            case Decision.Revoke(var revocation):
                await revocations.RevokeAsync(entry, wish, revocation, session, cancellationToken).ConfigureAwait(false);
                return null;

            case Decision.TakeOver(var from):
                await stored.TakeOverAsync(entry, from, session, cancellationToken).ConfigureAwait(false);
                return null;

            case Decision.Forget:
                await stored.ForgetAsync(entry, session, cancellationToken).ConfigureAwait(false);
                return new Decision.Rest();

            default:
                return await orders.DoAsync(entry, wish, decision, session, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What CAs asked for begins anew where it was noted by a clock that was ahead: on disk, for another restart must not make it longer still.</summary>
    public async Task CorrectAsync(LabelEntry entry, StateSession session, CancellationToken cancellationToken)
    {
        await orders.CorrectAsync(entry, session, cancellationToken).ConfigureAwait(false);
        await revocations.CorrectAsync(entry, session, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="OrderPassage.TakeTurns"/>
    public void TakeTurns(LabelEntry entry, Decision decision) => orders.TakeTurns(entry, decision);

    /// <summary>Keeps what was asked for: from here on it goes on by itself.</summary>
    public Task BeginRevocationAsync(LabelEntry entry, Wish? wish, IReadOnlyList<RevocationRequest> asked, StateSession session, CancellationToken cancellationToken) =>
        revocations.BeginAsync(entry, wish, asked, session, cancellationToken);

    /// <summary>Serves the label's previous certificate again, or says why not.</summary>
    /// <param name="asked">They asked together, and are told the same.</param>
    public Task RollBackAsync(LabelEntry entry, IReadOnlyList<RollBackRequest> asked, Situation situation, StateSession session, CancellationToken cancellationToken) =>
        stored.RollBackAsync(entry, asked, situation, session, cancellationToken);

    /// <inheritdoc cref="StoredLabels.ImportAsync"/>
    public Task ImportAsync(LabelEntry entry, ImportRequest import, Situation situation, StateSession session, CancellationToken cancellationToken) =>
        stored.ImportAsync(entry, import, situation, session, cancellationToken);

    /// <summary>Puts a label that waits for another one's doing where it will be woken. False where it need not wait any more: plan again.</summary>
    public Task<bool> ParkAsync(StateSession session, Decision.Wait wait, LabelEntry entry, Wish? wish, CancellationToken cancellationToken) => orders.ParkAsync(session, wait, entry, wish, cancellationToken);
}
