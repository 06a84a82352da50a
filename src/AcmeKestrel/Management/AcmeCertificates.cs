using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management;

/// <summary>The operator's view of the worker. What is to be done is done in this process, or asked of the one that has the state.</summary>
internal sealed class AcmeCertificates(StatusBoard board, CertificateDetails details, LabelDesk desk, ReconcilePass pass, TrialDesk trials, ImportDesk imports, CertificateRequests requests, Dispatcher dispatcher) : IAcmeCertificates
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
        var (named, names) = WishedNames.Check(request);
        return requests.AreNeeded ? AskAsync(token => requests.EnsureAsync(named, token), cancellationToken) : desk.EnsureAsync(named.Label!, named, names, cancellationToken);
    }

    public Task<bool> ForgetAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.ForgetAsync(label, token), cancellationToken) : desk.ForgetAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.RenewAsync(label, token), cancellationToken) : desk.RenewAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.RetryAsync(label, token), cancellationToken) : desk.RetryAsync(label, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.HoldAsync(label, reason, token), cancellationToken) : desk.HoldAsync(label, reason, cancellationToken);
    }

    public Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.ReleaseAsync(label, token), cancellationToken) : desk.ReleaseAsync(label, cancellationToken);
    }

    public Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (!Enum.IsDefined(reason)) throw new ArgumentOutOfRangeException(nameof(reason), reason, null);
        return requests.AreNeeded ? AskAsync(token => requests.RevokeAsync(label, reason, token), cancellationToken) : desk.RevokeAsync(label, reason, cancellationToken);
    }

    public Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.RollBackAsync(label, token), cancellationToken) : desk.RollBackAsync(label, cancellationToken);
    }

    public Task<AcmeDryRunResult?> DryRunAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        return requests.AreNeeded ? AskAsync(token => requests.DryRunAsync(label, token), cancellationToken) : trials.DryRunAsync(label, cancellationToken);
    }

    public Task<AcmeHttpTestResult> TestHttpAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return requests.AreNeeded ? AskAsync(token => requests.TestHttpAsync(name, token), cancellationToken) : trials.TestHttpAsync(name, cancellationToken);
    }

    public Task<AcmeImportResult> ImportAsync(AcmeCertificateImport certificate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return requests.AreNeeded ? AskAsync(token => requests.ImportAsync(certificate, token), cancellationToken) : imports.ImportAsync(certificate, cancellationToken);
    }

    public Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default) =>
        requests.AreNeeded ? AskAsync(requests.ReconcileAsync, cancellationToken) : pass.RunAsync(cancellationToken);

    /// <summary>As long as the application runs: what another process does holds up no stop.</summary>
    private Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken) => dispatcher.WhileRunningAsync(ask(cancellationToken), cancellationToken);
}
