using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management.Control;

/// <summary>A server in another process.</summary>
internal sealed record RemoteServer(AcmeServerInfo Info, IAcmeCertificates Certificates, IAcmeAccounts Accounts) : IAcmeServer;

/// <summary>The accounts of a server in another process: their records are read here, what is to be done is a request.</summary>
internal sealed class RemoteAccounts(AccountDesk desk, AccountRequests requests) : IAcmeAccounts
{
    public Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default) => desk.ListAsync(cancellationToken);

    public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => requests.ChangeKeyAsync(provider, email, cancellationToken);

    public Task DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => requests.DeactivateAsync(provider, email, cancellationToken);
}
