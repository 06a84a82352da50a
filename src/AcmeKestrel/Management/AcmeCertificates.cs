using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Management;

/// <summary>The operator's view of the worker.</summary>
internal sealed class AcmeCertificates(StatusBoard board, CertificateDetails details, LabelDesk desk, Reconciler reconciler, StateLease lease, IWorkerActivation activation, Dispatcher dispatcher) : IAcmeCertificates
{
    public IReadOnlyList<AcmeCertificateStatus> List() => board.List();

    public IAsyncEnumerable<AcmeStatusChange> WatchAsync(CancellationToken cancellationToken = default) => board.WatchAsync(cancellationToken);

    public Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default) =>
        dispatcher.WhileRunningAsync(board.WaitUntilSettledAsync(cancellationToken), cancellationToken);

    public ValueTask<AcmeCertificateStatus?> GetAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        cancellationToken.ThrowIfCancellationRequested();
        return details.FindAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus> EnsureAsync(AcmeCertificateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var names = new List<AcmeIdentifier>();
        foreach (var text in request.Names) names.Add(AcmeIdentifier.TryParse(text, out var name, out var error) ? name : throw new ArgumentException(error, nameof(request)));
        if (names.Count == 0) throw new ArgumentException("It names nothing.", nameof(request));
        if (!CertificateLabel.TryParse(request.Label ?? names[0].Value, out var label, out var fault)) throw new ArgumentException(fault, nameof(request));

        return desk.EnsureAsync(label, request with { Names = [.. names.Select(name => name.Value).Distinct(StringComparer.Ordinal)] }, names, cancellationToken);
    }

    public Task<bool> ForgetAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return desk.ForgetAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return desk.RenewAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return desk.RetryAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return desk.HoldAsync(label, reason, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return desk.ReleaseAsync(label, cancellationToken);
    }

    public Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (!Enum.IsDefined(reason)) throw new ArgumentOutOfRangeException(nameof(reason), reason, null);
        return desk.RevokeAsync(label, reason, cancellationToken);
    }

    public Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return desk.RollBackAsync(label, cancellationToken);
    }

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
