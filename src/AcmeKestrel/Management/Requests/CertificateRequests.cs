using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Management.Requests;

/// <summary>What is to be done for certificates, asked of the process that has the state. As in <see cref="IAcmeCertificates"/>.</summary>
internal sealed class CertificateRequests(RequestBook book, StateLease lease)
{
    /// <summary>Another process has the state.</summary>
    public bool AreNeeded => lease.IsElsewhere;

    /// <param name="request">Checked.</param>
    public async Task<AcmeCertificateStatus> EnsureAsync(AcmeCertificateRequest request, CancellationToken cancellationToken) =>
        (await AskAsync(book.Word(RequestVerb.Ensure, request.Label) with { Wish = request }, cancellationToken).ConfigureAwait(false)).Status!;

    public async Task<bool> ForgetAsync(string label, CancellationToken cancellationToken) => (await AskAsync(RequestVerb.Forget, label, cancellationToken).ConfigureAwait(false)).WasWished;

    public async Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken) => (await AskAsync(RequestVerb.Renew, label, cancellationToken).ConfigureAwait(false)).Status;

    public async Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken) => (await AskAsync(RequestVerb.Retry, label, cancellationToken).ConfigureAwait(false)).Status;

    public async Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason, CancellationToken cancellationToken) =>
        (await AskAsync(WordOn(RequestVerb.Hold, label) with { HoldReason = reason }, cancellationToken).ConfigureAwait(false)).Status;

    public async Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken) => (await AskAsync(RequestVerb.Release, label, cancellationToken).ConfigureAwait(false)).Status;

    public async Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken)
    {
        if (!Enum.IsDefined(reason)) throw new ArgumentOutOfRangeException(nameof(reason), reason, null);
        return (await AskAsync(WordOn(RequestVerb.Revoke, label) with { RevocationReason = reason }, cancellationToken).ConfigureAwait(false)).Revocation;
    }

    public async Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken) => (await AskAsync(RequestVerb.RollBack, label, cancellationToken).ConfigureAwait(false)).RollBack;

    public async Task<AcmeDryRunResult?> DryRunAsync(string label, CancellationToken cancellationToken) => (await AskAsync(RequestVerb.DryRun, label, cancellationToken).ConfigureAwait(false)).DryRun;

    public async Task<AcmeHttpTestResult> TestHttpAsync(string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        return (await AskAsync(book.Word(RequestVerb.TestHttp) with { Name = name }, cancellationToken).ConfigureAwait(false)).HttpTest!;
    }

    public async Task<AcmeImportResult> ImportAsync(AcmeCertificateImport certificate, CancellationToken cancellationToken) =>
        (await AskAsync(
            book.Word(RequestVerb.Import, certificate.Label) with
            {
                CertificatePem = certificate.CertificatePem,
                Key = certificate.PrivateKeyPem,
                Provider = certificate.Provider,
                Email = certificate.Email,
                AccountUrl = certificate.AccountUrl,
            },
            cancellationToken).ConfigureAwait(false)).Import!;

    public async Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken) => (await AskAsync(book.Word(RequestVerb.Reconcile), cancellationToken).ConfigureAwait(false)).Pass!;

    private Task<RequestOutcome> AskAsync(RequestVerb verb, string label, CancellationToken cancellationToken) => AskAsync(WordOn(verb, label), cancellationToken);

    private Task<RequestOutcome> AskAsync(StoredRequest request, CancellationToken cancellationToken) => book.AskAsync(request, cancellationToken);

    private StoredRequest WordOn(RequestVerb verb, string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return book.Word(verb, label);
    }
}
