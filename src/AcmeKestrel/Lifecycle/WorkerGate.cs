using AcmeKestrel.Configuration;

namespace AcmeKestrel.Lifecycle;

/// <summary>Whether the worker may talk to a CA at all now.</summary>
internal sealed class WorkerGate(IWorkerActivation activation, StateLease lease, IAcmeSettings settings)
{
    /// <summary>A sentence, or null when it may.</summary>
    public string? Closed
    {
        get
        {
            if (!settings.Current.Enabled) return "Acme:Enabled is false";
            return activation.IsActive ? lease.Problem : activation.IdleReason;
        }
    }
}
