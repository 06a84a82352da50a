using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;

namespace AcmeKestrel.Management.Requests;

/// <summary>Each verb of a request, done in this process.</summary>
internal sealed class RequestActions(LabelDesk desk, ReconcilePass pass, TrialDesk trials, ImportDesk imports, AccountDesk accounts, HookTestDesk hooks, OnDemandRequests onDemand, TimeProvider time)
{
    /// <exception cref="ArgumentException">The record does not say what the verb wants.</exception>
    public async Task<RequestOutcome> DoAsync(StoredRequest request, CancellationToken cancellationToken)
    {
        var label = request.Label ?? "";
        return request.Verb switch
        {
            RequestVerb.Reconcile => Now() with { Pass = await pass.RunAsync(cancellationToken).ConfigureAwait(false) },
            RequestVerb.Ensure => Now() with { Status = await EnsureAsync(label, request, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Forget => Now() with { WasWished = await desk.ForgetAsync(label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Renew => Now() with { Status = await desk.RenewAsync(label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Retry => Now() with { Status = await desk.RetryAsync(label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Hold => Now() with { Status = await desk.HoldAsync(label, request.HoldReason, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Release => Now() with { Status = await desk.ReleaseAsync(label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Revoke => Now() with { Revocation = await desk.RevokeAsync(label, request.RevocationReason ?? throw new ArgumentException("The request to revoke gives no reason.", nameof(request)), cancellationToken).ConfigureAwait(false) },
            RequestVerb.RollBack => Now() with { RollBack = await desk.RollBackAsync(label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.DryRun => Now() with { DryRun = await trials.DryRunAsync(label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.TestHttp => Now() with { HttpTest = await trials.TestHttpAsync(request.Name ?? throw new ArgumentException("The request to look for a name gives none.", nameof(request)), cancellationToken).ConfigureAwait(false) },
            RequestVerb.TestHook => Now() with { HookTest = await hooks.RunAsync(request.Hook ?? throw new ArgumentException("The request to test a hook names none.", nameof(request)), request.HookEvent, request.Label, cancellationToken).ConfigureAwait(false) },
            RequestVerb.Import => Now() with { Import = await imports.ImportAsync(ImportOf(label, request), cancellationToken).ConfigureAwait(false) },
            RequestVerb.RegisterAccount => Now() with { Account = await accounts.RegisterAsync(request.AcceptsTerms, request.Provider, request.Email, cancellationToken).ConfigureAwait(false) },
            RequestVerb.RecoverAccount => Now() with { Account = await accounts.RecoverAsync(request.Key, request.Provider, request.Email, cancellationToken).ConfigureAwait(false) },
            RequestVerb.ChangeAccountEmail => Now() with { Account = await accounts.ChangeEmailAsync(request.NewEmail ?? throw new ArgumentException("The request to change the mail address gives none.", nameof(request)), request.Provider, request.Email, cancellationToken).ConfigureAwait(false) },
            RequestVerb.ChangeAccountKey => Now() with { Account = await accounts.ChangeKeyAsync(request.Provider, request.Email, cancellationToken).ConfigureAwait(false) },
            RequestVerb.DeactivateAccount => Now() with { Account = await accounts.DeactivateAsync(request.Provider, request.Email, cancellationToken).ConfigureAwait(false) },
            RequestVerb.WishOnDemand => await onDemand.WishHereAsync(request.Name ?? throw new ArgumentException("The request to wish a name on demand gives none.", nameof(request)), Now(), cancellationToken).ConfigureAwait(false),
            RequestVerb.TellVisits => onDemand.Hear(request.Names ?? [], Now()),
            _ => throw new ArgumentException("This version does not know what is asked.", nameof(request)),
        };
    }

    /// <summary>What a request came to that was done before: where its label stands.</summary>
    public async Task<RequestOutcome> TellAsync(StoredRequest request, CancellationToken cancellationToken)
    {
        var status = await desk.RetryAsync(request.Label!, cancellationToken).ConfigureAwait(false);
        return request.Verb switch
        {
            RequestVerb.RollBack => Now() with { RollBack = status is null ? null : new AcmeRollBackResult(status, isRolledBack: true) { IssuedAt = status.NotBefore } },
            RequestVerb.Revoke => Now() with { Revocation = new AcmeRevocationResult(request.Label!, isRevoked: status?.Revocation is null) { Status = status, Problem = status?.Revocation?.Problem } },
            _ => Now() with { Status = status },
        };
    }

    private async Task<AcmeCertificateStatus> EnsureAsync(string label, StoredRequest request, CancellationToken cancellationToken)
    {
        if (request.Wish is not { } wish) throw new ArgumentException("The request wishes nothing.", nameof(request));

        var (named, names) = WishedNames.Check(wish with { Label = label });
        return await desk.EnsureAsync(named.Label!, named, names, cancellationToken).ConfigureAwait(false);
    }

    private static AcmeCertificateImport ImportOf(string label, StoredRequest request) => new(label, request.CertificatePem ?? "", request.Key ?? "")
    {
        Provider = request.Provider,
        Email = request.Email,
        AccountUrl = request.AccountUrl,
    };

    private RequestOutcome Now() => new(time.GetUtcNow());
}
