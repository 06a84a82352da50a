using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>Active once the server has bound an https address.</summary>
internal sealed class ServerActivation : IWorkerActivation, IDisposable
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _active = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _started;
    private volatile string _reason = "the server has not started yet";

    public ServerActivation(IHostApplicationLifetime? lifetime = null, IServer? server = null)
    {
        if (lifetime is null) _known.SetResult();
        else _started = lifetime.ApplicationStarted.Register(() => Look(server));
    }

    public bool IsActive => _active.Task.IsCompleted;

    public bool IsKnown => _known.Task.IsCompleted;

    public string IdleReason => _reason;

    public Task WaitUntilKnownAsync(CancellationToken cancellationToken) => _known.Task.WaitAsync(cancellationToken);

    public Task WaitAsync(CancellationToken cancellationToken) => _active.Task.WaitAsync(cancellationToken);

    public void Request()
    {
        _active.TrySetResult();
        _known.TrySetResult();
    }

    public void Dispose() => _started.Dispose();

    private void Look(IServer? server)
    {
        var addresses = server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        if (addresses.Any(address => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase)))
        {
            Request();
            return;
        }

        _reason = "the server listens on no https address";
        _known.TrySetResult();
    }
}
