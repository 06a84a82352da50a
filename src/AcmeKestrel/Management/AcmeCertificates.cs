using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Management;

/// <summary>The operator's view of the worker.</summary>
internal sealed class AcmeCertificates(StatusBoard board, Reconciler reconciler, StateLease lease, IWorkerActivation activation) : IAcmeCertificates
{
    public IReadOnlyList<AcmeCertificateStatus> List() => board.List();

    public IAsyncEnumerable<AcmeStatusChange> WatchAsync(CancellationToken cancellationToken = default) => board.WatchAsync(cancellationToken);

    public Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default) => board.WaitUntilSettledAsync(cancellationToken);

    public async Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default)
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
