using AcmeKestrel.Management.Requests;

namespace AcmeKestrel.Management.Control;

/// <summary>The hooks of a server in another process.</summary>
internal sealed class RemoteHooks(ControlClient client, HookRequests requests) : IAcmeHooks
{
    /// <summary>As <see cref="RemoteCertificates.List"/>.</summary>
    public IReadOnlyList<AcmeHookStatus> List() => Task.Run(StatusesAsync).GetAwaiter().GetResult();

    public Task<AcmeHookTestResult?> TestAsync(string name, AcmeHookEvent? happened = null, string? label = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return requests.TestAsync(name, happened, label, cancellationToken);
    }

    private async Task<IReadOnlyList<AcmeHookStatus>> StatusesAsync()
    {
        var statuses = new List<AcmeHookStatus>();
        await foreach (var answer in client.AskAsync(new ControlQuestion(ControlVerb.Hooks), CancellationToken.None).ConfigureAwait(false))
        {
            if (answer.Hook is { } hook) statuses.Add(hook);
        }

        return statuses;
    }
}
