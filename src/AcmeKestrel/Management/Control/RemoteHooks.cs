using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management.Control;

/// <summary>The hooks of a server in another process.</summary>
internal sealed class RemoteHooks(ControlClient client, HookRequests requests) : IAcmeHooks
{
    public IReadOnlyList<AcmeHookStatus> List() => client.List(ControlVerb.Hooks, answer => answer.Hook);

    public Task<AcmeHookTestResult?> TestAsync(string name, AcmeHookEvent? happened = null, string? label = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return requests.TestAsync(name, happened, label, cancellationToken);
    }
}
