using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle;

/// <summary>Has the state as long as this process can: reads it when it is got, does the duties of whoever has it, and follows another process where that one has it.</summary>
internal sealed class StateHolder(StateLease lease, StateTakeover state, StateDuties duties, StandbyFollower standby, LostChanges losses, WorkerGate gate, WishFollower wishes, LiveAnswers answers)
{
    /// <summary>The right to write was got: what is begun with it is to be ended with it, whenever it went.</summary>
    private bool _isOurs;

    /// <summary>The first time; certificates are served from the first handshake, so this ends before the server listens.</summary>
    /// <param name="stopping">Ends the reading.</param>
    /// <returns>The reading, which may go on.</returns>
    public async Task<Task> BeginAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        await lease.TryTakeAsync(cancellationToken).ConfigureAwait(false);
        return await state.BeginAsync(stopping, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Until cancelled. While the state is read its lease is kept by whoever reads it.</summary>
    public async Task HoldAsync(Task loading, CancellationToken cancellationToken)
    {
        await loading.ConfigureAwait(false);
        try
        {
            _isOurs = gate.Held is not null;
            BeginDuties();
            await lease.HoldAsync(TakeOverAsync, LoseAsync, standby.FollowAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await duties.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Has the state read anew where the store lost some of it.</summary>
    public Task FollowLossesAsync(CancellationToken cancellationToken) => losses.FollowAsync(cancellationToken);

    public Task ReleaseAsync() => lease.ReleaseAsync();

    /// <summary>The state became ours: what another process did to it meanwhile is read first.</summary>
    private async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        _isOurs = true;
        await state.LoadAsync(cancellationToken).ConfigureAwait(false);
        wishes.Hurry();
        BeginDuties();
    }

    private async Task LoseAsync()
    {
        if (!_isOurs) return;

        _isOurs = false;
        answers.Yield();
        wishes.Hurry();
        await duties.EndAsync().ConfigureAwait(false);

        // What was on its way to be shown is the next one's, too.
        answers.Yield();
    }

    private void BeginDuties()
    {
        if (gate.Session is { } session) duties.Begin(session, gate.IsOnRequest);
    }
}
