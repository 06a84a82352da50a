using AcmeKestrel.Management.Requests;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Control;

/// <summary>Finds the process that has the state by its socket, and all that can be asked of it.</summary>
internal sealed class ServerFinder(IAcmeStore store, CertificateRequests certificates, AccountRequests accounts, HookRequests hooks, TimeProvider time)
{
    /// <summary>Null: none answers.</summary>
    public async Task<IAcmeServer?> FindAsync(CancellationToken cancellationToken)
    {
        if (store.FindAbility<IStateFolder>()?.Socket is not { } path) return null;

        var client = new ControlClient(path, time);
        return await client.FindAsync(cancellationToken).ConfigureAwait(false) is { } info
            ? new RemoteServer(info, new RemoteCertificates(client, certificates), accounts, new RemoteHooks(client, hooks))
            : null;
    }
}
