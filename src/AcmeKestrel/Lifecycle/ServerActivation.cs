using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// Active once the server has bound an https address, at its start or later: a reload of the configuration may bring one, and nobody tells. Where a delay is set, not before
/// it is over: a load balancer may send the CA's probes to nobody who has not been healthy for a while.
/// </summary>
internal sealed class ServerActivation : IWorkerActivation, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _active = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _started;
    private readonly IServer? _server;
    private readonly TimeSpan _delay;
    private readonly ITimer? _looks;
    private volatile string _reason = "the server has not started yet";

    public ServerActivation(TimeProvider time, IHostApplicationLifetime? lifetime = null, IServer? server = null, TimeSpan delay = default)
    {
        (_server, _delay) = (server, delay);
        if (lifetime is null)
        {
            _known.SetResult();
            return;
        }

        _looks = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _started = lifetime.ApplicationStarted.Register(Begin);
    }

    public bool IsActive => _active.Task.IsCompleted;

    public bool IsKnown => _known.Task.IsCompleted;

    public string IdleReason => _reason;

    public Task WaitUntilKnownAsync(CancellationToken cancellationToken) => _known.Task.WaitAsync(cancellationToken);

    public Task WaitAsync(CancellationToken cancellationToken) => _active.Task.WaitAsync(cancellationToken);

    public void Request()
    {
        _looks?.Dispose();
        _active.TrySetResult();
        _known.TrySetResult();
    }

    public void Dispose()
    {
        _started.Dispose();
        _looks?.Dispose();
    }

    private void Begin()
    {
        if (_delay > TimeSpan.Zero)
        {
            _reason = "Acme:StartDelay is not over yet";
            _looks?.Change(_delay, Interval);
            return;
        }

        Look();
        if (!IsActive) _looks?.Change(Interval, Interval);
    }

    private void Look()
    {
        if (HasHttps())
        {
            Request();
            return;
        }

        _reason = "the server listens on no https address";
        _known.TrySetResult();
    }

    private bool HasHttps()
    {
        try
        {
            return _server?.Features.Get<IServerAddressesFeature>()?.Addresses.Any(address => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) == true;
        }
        catch (InvalidOperationException)
        {
            // The server changes its addresses at this very moment.
            return false;
        }
    }
}
