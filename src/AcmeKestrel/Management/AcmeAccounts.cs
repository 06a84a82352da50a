using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management;

/// <summary>The operator's hand on the accounts: in this process, or by a request to the one that has the state.</summary>
internal sealed class AcmeAccounts(AccountDesk desk, AccountRequests requests, StateLease lease) : IAcmeAccounts
{
    public Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default) => desk.ListAsync(cancellationToken);

    public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        lease.IsElsewhere ? requests.ChangeKeyAsync(provider, email, cancellationToken) : desk.ChangeKeyAsync(provider, email, cancellationToken);

    public Task DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) =>
        lease.IsElsewhere ? requests.DeactivateAsync(provider, email, cancellationToken) : desk.DeactivateAsync(provider, email, cancellationToken);
}
