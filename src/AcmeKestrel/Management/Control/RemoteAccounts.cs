using AcmeKestrel.Management.Requests;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Management.Control;

/// <summary>The accounts of a server in another process: their records are read here, what is to be done is a request.</summary>
internal sealed class RemoteAccounts(AccountLook look, AccountRequests requests) : IAcmeAccounts
{
    public Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default) => look.ListAsync(cancellationToken);

    public Task<AcmeAccountStatus?> FindAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => look.FindAsync(provider, email, cancellationToken);

    public Task<AcmeDirectory> ReadDirectoryAsync(string? provider = null, CancellationToken cancellationToken = default) => look.ReadDirectoryAsync(provider, cancellationToken);

    public Task<AcmeAccountStatus> ExportAsync(string path, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => look.ExportAsync(path, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> RegisterAsync(bool acceptTermsOfService = false, string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        requests.RegisterAsync(acceptTermsOfService, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> RecoverAsync(string? key = null, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => requests.RecoverAsync(key, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> ChangeEmailAsync(string newEmail, string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        requests.ChangeEmailAsync(newEmail, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => requests.ChangeKeyAsync(provider, email, cancellationToken);

    public Task<AcmeAccountStatus> DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => requests.DeactivateAsync(provider, email, cancellationToken);
}
