using AcmeKestrel.Diagnostics;

namespace AcmeKestrel;

/// <summary>The certificates this application keeps: their status, and a way to wait for or to drive them.</summary>
public interface IAcmeCertificates
{
    /// <summary>A status for every wish and every entry that could not become one, by label.</summary>
    IReadOnlyList<AcmeCertificateStatus> List();

    /// <summary>Completes when every wish is served, failed once or held; returns the statuses then.</summary>
    Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default);

    /// <summary>One pass over the wishes: missing ones are requested, due ones renewed, each tried once now whatever its backoff says; then it ends. The server must be listening.</summary>
    Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default);
}
