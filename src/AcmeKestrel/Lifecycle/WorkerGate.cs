using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>Whether the worker may talk to a CA at all now.</summary>
internal sealed class WorkerGate(IWorkerActivation activation, StateLease lease, IAcmeSettings settings)
{
    private volatile object? _read;

    /// <summary>The state as it was when the lease was taken is what this process knows; said once for each lease.</summary>
    public void StateIsRead(Fence fence) => _read = fence;

    /// <summary>Null when it may.</summary>
    public GateClosure? Closed
    {
        get
        {
            if (!settings.Current.Enabled) return new GateClosure("Acme:Enabled is false");

            // Asked first: once it is known it stays so.
            var isKnown = activation.IsKnown;
            if (!activation.IsActive) return new GateClosure(activation.IdleReason, IsBrief: !isKnown);
            if (lease.Problem is { } problem) return new GateClosure(problem);
            return lease.FenceOrNull is { } fence && fence.Equals(_read) ? null : new GateClosure("the state is being read", IsBrief: true);
        }
    }
}
