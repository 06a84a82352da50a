using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Management;

/// <summary>One pass over the wishes in this process, and what it did.</summary>
internal sealed class ReconcilePass(Reconciler reconciler, StatusBoard board, StateLease lease, IWorkerActivation activation)
{
    public async Task<AcmeReconcileResult> RunAsync(CancellationToken cancellationToken)
    {
        activation.Request();
        if (lease.Problem is { } problem) return new AcmeReconcileResult { Current = board.List(), Error = problem };

        var issued = await reconciler.PassAsync(cancellationToken).ConfigureAwait(false);
        var statuses = board.List();
        return new AcmeReconcileResult
        {
            Issued = issued,
            Failed = [.. statuses.Where(status => status.State is AcmeCertificateState.Failing or AcmeCertificateState.Held)],
            Current = statuses,
        };
    }
}
