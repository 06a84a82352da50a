using AcmeKestrel.Configuration;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>Whether the worker may talk to a CA at all now.</summary>
internal sealed class WorkerGate(IWorkerActivation activation, StateLease lease, IAcmeSettings settings)
{
    private volatile object? _read;

    /// <summary>The state as it was when the lease was taken is what this process knows; said once for each lease.</summary>
    public void StateIsRead(Fence fence) => _read = fence;

    /// <summary>A sentence, or null when it may.</summary>
    public string? Closed
    {
        get
        {
            if (!settings.Current.Enabled) return "Acme:Enabled is false";
            if (!activation.IsActive) return activation.IdleReason;
            return lease.Problem ?? (lease.FenceOrNull is { } fence && fence.Equals(_read) ? null : "the state is being read");
        }
    }
}
