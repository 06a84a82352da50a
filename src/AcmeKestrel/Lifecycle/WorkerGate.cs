using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle;

/// <summary>Whether the worker may talk to a CA at all now.</summary>
internal sealed class WorkerGate(IWorkerActivation activation, StateLease lease, IAcmeSettings settings)
{
    private volatile StateSession? _read;

    /// <summary>The session whose state this process knows; null where it must not write.</summary>
    public StateSession? Session => lease.Session is { } session && session == _read ? session : null;

    /// <summary>The state as it was when the session began is what this process knows; said once for each.</summary>
    public void StateIsRead(StateSession session) => _read = session;

    /// <summary>Null when it may.</summary>
    public Obstacle? Closed
    {
        get
        {
            if (!settings.Current.Enabled) return new Obstacle(ObstacleKind.Disabled, "Acme:Enabled is false");

            // Asked first: once it is known it stays so.
            var isKnown = activation.IsKnown;
            if (!activation.IsActive) return new Obstacle(isKnown ? ObstacleKind.Idle : ObstacleKind.Starting, activation.IdleReason);
            if (lease.Problem is { } problem) return new Obstacle(ObstacleKind.StateNotHeld, problem);
            return Session is null ? new Obstacle(ObstacleKind.StateBeingRead, "the state is being read") : null;
        }
    }
}
