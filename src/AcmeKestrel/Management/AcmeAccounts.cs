using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Requests;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Management;

/// <summary>The operator's hand on the accounts: in this process, or by a request to the one that has the state.</summary>
internal sealed class AcmeAccounts(AccountLook look, AccountDesk desk, AccountRequests requests, StateLease lease) : IAcmeAccounts
{
    public Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default) => look.ListAsync(cancellationToken);

    public Task<AcmeAccountStatus?> FindAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => look.FindAsync(provider, email, cancellationToken);

    public Task<AcmeDirectory> ReadDirectoryAsync(string? provider = null, CancellationToken cancellationToken = default) => look.ReadDirectoryAsync(provider, cancellationToken);

    public Task<AcmeAccountStatus> ExportAsync(string path, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => look.ExportAsync(path, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> RegisterAsync(bool acceptTermsOfService = false, string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        lease.IsElsewhere ? requests.RegisterAsync(acceptTermsOfService, provider, email, cancellationToken) : desk.RegisterAsync(acceptTermsOfService, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> RecoverAsync(string? key = null, string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        lease.IsElsewhere ? requests.RecoverAsync(key, provider, email, cancellationToken) : desk.RecoverAsync(key, provider, email, cancellationToken);

    public Task<AcmeAccountStatus> ChangeEmailAsync(string newEmail, string? provider = null, string? email = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(newEmail);
        return lease.IsElsewhere ? requests.ChangeEmailAsync(newEmail, provider, email, cancellationToken) : desk.ChangeEmailAsync(newEmail, provider, email, cancellationToken);
    }

    public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        lease.IsElsewhere ? requests.ChangeKeyAsync(provider, email, cancellationToken) : desk.ChangeKeyAsync(provider, email, cancellationToken);

    public Task<AcmeAccountStatus> DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        lease.IsElsewhere ? requests.DeactivateAsync(provider, email, cancellationToken) : desk.DeactivateAsync(provider, email, cancellationToken);
}
