using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>The hosted service: has what is stored published before the server listens, and then keeps the lease, the wishes and the dispatcher going until the host stops.</summary>
internal sealed class Worker(
    StateHolder state, WishFollower wishes, Dispatcher dispatcher, LabelRunner runner, AnswerDesk desk, LoopKeeper loops, WorkerGate gate)
    : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan LongestReading = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loading = Task.CompletedTask;
    private Task? _loops;

    /// <summary>Certificates are served from the first handshake: this ends before the server listens.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken) => _loading = await state.BeginAsync(_stopping.Token, cancellationToken).ConfigureAwait(false);

    /// <summary>A command goes on where its endpoints are somebody else's, and a host that could not bind them is never told that it has started: what it is asked for needs the loops all the same.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (gate.IsOnRequest) _loops = RunLoopsAsync();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _loops ??= RunLoopsAsync();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            if (_loops is { } running) await running.WaitAsync(cancellationToken).ConfigureAwait(false);
            using var pause = await dispatcher.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            desk.Close();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => state.ReleaseAsync();

    public void Dispose() => _stopping.Dispose();

    private Task RunLoopsAsync()
    {
        var token = _stopping.Token;
        return Task.WhenAll(
            loops.KeepRunningAsync(() => state.HoldAsync(_loading, token), token),
            loops.KeepRunningAsync(() => state.FollowLossesAsync(token), token),
            loops.KeepRunningAsync(() => FollowWishesAsync(token), token),
            loops.KeepRunningAsync(() => dispatcher.RunAsync(runner.RunAsync, token), token),
            loops.KeepRunningAsync(() => wishes.FollowActivationAsync(token), token));
    }

    /// <summary>
    /// Nothing can be ordered before the state is read, and what is stored is asked for by visitors meanwhile: a hundred thousand wishes do not take the processor from that. A state that cannot be read for long keeps
    /// nobody from seeing what is wished.
    /// </summary>
    private async Task FollowWishesAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_loading, Task.Delay(LongestReading, cancellationToken)).ConfigureAwait(false);
        await wishes.FollowAsync(cancellationToken).ConfigureAwait(false);
    }
}
