using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management.Control;

/// <summary>A server in another process.</summary>
internal sealed record RemoteServer(AcmeServerInfo Info, IAcmeCertificates Certificates, IAcmeAccounts Accounts, IAcmeHooks Hooks) : IAcmeServer;
