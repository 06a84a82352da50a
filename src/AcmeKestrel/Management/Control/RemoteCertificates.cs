using System.Runtime.CompilerServices;
using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management.Control;

/// <summary>The certificates of a server in another process: looked at over its socket, worked on by requests in the state.</summary>
internal sealed class RemoteCertificates(ControlClient client, CertificateRequests requests) : IAcmeCertificates
{
    public IReadOnlyList<AcmeCertificateStatus> List() => client.List(ControlVerb.List, answer => answer.Status);

    public async IAsyncEnumerable<AcmeStatusChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var answer in client.AskAsync(new ControlQuestion(ControlVerb.Watch), cancellationToken).ConfigureAwait(false))
        {
            if (answer.Change is { } change) yield return change;
        }
    }

    public Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default) => client.ListAsync(ControlVerb.Settled, answer => answer.Status, cancellationToken);

    public async ValueTask<AcmeCertificateStatus?> GetAsync(string label, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        AcmeCertificateStatus? status = null;
        await foreach (var answer in client.AskAsync(new ControlQuestion(ControlVerb.Get) { Label = label }, cancellationToken).ConfigureAwait(false)) status ??= answer.Status;
        return status;
    }

    public Task<AcmeCertificateStatus> EnsureAsync(AcmeCertificateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return requests.EnsureAsync(WishedNames.Check(request).Request, cancellationToken);
    }

    public Task<bool> ForgetAsync(string label, CancellationToken cancellationToken = default) => requests.ForgetAsync(label, cancellationToken);

    public Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken = default) => requests.RenewAsync(label, cancellationToken);

    public Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken = default) => requests.RetryAsync(label, cancellationToken);

    public Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason = null, CancellationToken cancellationToken = default) => requests.HoldAsync(label, reason, cancellationToken);

    public Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken = default) => requests.ReleaseAsync(label, cancellationToken);

    public Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken = default) => requests.RevokeAsync(label, reason, cancellationToken);

    public Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken = default) => requests.RollBackAsync(label, cancellationToken);

    public Task<AcmeDryRunResult?> DryRunAsync(string label, CancellationToken cancellationToken = default) => requests.DryRunAsync(label, cancellationToken);

    public Task<AcmeHttpTestResult> TestHttpAsync(string name, CancellationToken cancellationToken = default) => requests.TestHttpAsync(name, cancellationToken);

    public Task<AcmeImportResult> ImportAsync(AcmeCertificateImport certificate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return requests.ImportAsync(certificate, cancellationToken);
    }

    public Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default) => requests.ReconcileAsync(cancellationToken);
}
