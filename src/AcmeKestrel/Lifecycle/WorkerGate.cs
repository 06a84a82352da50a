using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle;

/// <summary>Whether the worker may talk to a CA at all now.</summary>
internal sealed class WorkerGate(IWorkerActivation activation, StateLease lease, IAcmeSettings settings, TimeProvider time)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private volatile StateSession? _read;

    /// <summary>The session whose state this process knows; null where it must not write.</summary>
    public StateSession? Session => lease.Session is { } session && session == _read ? session : null;

    /// <summary>The session, whether or not its state is read; null where this process has not got it, and <see cref="HeldProblem"/> says why.</summary>
    public StateSession? Held => lease.Session;

    /// <summary>Another process has it: what is to be done is asked of that one.</summary>
    public bool IsElsewhere => lease.IsElsewhere;

    public string? HeldProblem => lease.Problem;

    /// <summary>The state as it was when the session began is what this process knows; said once for each.</summary>
    public void StateIsRead(StateSession session) => _read = session;

    /// <summary>This process does what it is asked for, and nothing by itself: it is there for an operator's command.</summary>
    public bool IsOnRequest { get; set; }

    /// <summary>Somebody wants the work done whatever is bound: a command asks as soon as its process is up, and a large state is read for a while. Null where nothing can be done now; <see cref="Why"/> says why.</summary>
    public async Task<StateSession?> RequestAsync(CancellationToken cancellationToken)
    {
        activation.Request();
        while (Closed is { Kind: ObstacleKind.StateBeingRead }) await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        return Closed is null ? Session : null;
    }

    /// <summary>The session, once the state is read that it is for: before, nobody knows what is stored. Null where this process has not got the state.</summary>
    public async Task<StateSession?> WhenReadAsync(CancellationToken cancellationToken)
    {
        while (lease.Session is { } session && session != _read) await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        return Session;
    }

    /// <summary>Why there is no session to work in.</summary>
    public string Why => Closed?.Reason ?? "the state passes to another session";

    /// <summary>Null when it may, for this label.</summary>
    public Obstacle? ClosedFor(LabelEntry entry) =>
        Closed ?? (IsOnRequest && !entry.IsAwaited ? new Obstacle(ObstacleKind.Idle, "this process does only what it is asked for") : null);

    /// <summary>Null when it may, as far as it is not a label's affair.</summary>
    public Obstacle? Closed
    {
        get
        {
            if (!settings.Current.Enabled) return new Obstacle(ObstacleKind.Disabled, "Acme:Enabled is false");

            // Asked first: once it is known it stays so.
            var isKnown = activation.IsKnown;
            if (!activation.IsActive && !IsOnRequest) return new Obstacle(isKnown ? ObstacleKind.Idle : ObstacleKind.Starting, activation.IdleReason);
            if (lease.Problem is { } problem) return new Obstacle(ObstacleKind.StateNotHeld, problem);
            return Session is null ? new Obstacle(ObstacleKind.StateBeingRead, "the state is being read") : null;
        }
    }
}
