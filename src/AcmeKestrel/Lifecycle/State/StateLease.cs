using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>This process' sole right to write the state. Without it everything that is stored is served, and nothing is ordered.</summary>
internal sealed class StateLease(IAcmeStore store, TimeProvider time, ILogger<StateLease> logger)
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(15);
    private readonly string _owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";
    private volatile IStoreLease? _lease;
    private volatile string _problem = "the state is not open yet";

    /// <summary>Why nothing can be written, or null.</summary>
    public string? Problem => _lease is null ? _problem : null;

    /// <summary>To be sent along with every write.</summary>
    /// <exception cref="StateHeldException">The lease is not held.</exception>
    public Fence Fence => (_lease ?? throw new StateHeldException(_problem)).Fence;

    public Fence? FenceOrNull => _lease?.Fence;

    /// <summary>True when the lease is held afterwards.</summary>
    public async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        if (_lease is not null) return true;

        try
        {
            _lease = await store.TryLeaseAsync("state", _owner, Duration, cancellationToken).ConfigureAwait(false);
            if (_lease is null) Report("a server already runs on this state: another process holds it");
        }
        catch (StoreUnavailableException unavailable)
        {
            Report(unavailable.Message);
        }

        return _lease is not null;
    }

    /// <summary>Keeps the lease, or tries to get it, until cancelled.</summary>
    /// <param name="taken">Called each time it was got anew.</param>
    public async Task HoldAsync(Func<CancellationToken, Task> taken, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_lease is null ? RetryInterval : Duration / 3, time, cancellationToken).ConfigureAwait(false);
            if (await KeepAsync(cancellationToken).ConfigureAwait(false)) await taken(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Renews the lease, or tries to get it; true when it was got anew.</summary>
    public async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        if (_lease is { } lease)
        {
            if (await RenewAsync(lease, cancellationToken).ConfigureAwait(false)) return false;

            _lease = null;
            await lease.DisposeAsync().ConfigureAwait(false);
            Report("the lease of the state was lost");
        }

        return await TryTakeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the lease back.</summary>
    public async Task ReleaseAsync()
    {
        if (_lease is { } lease) await lease.DisposeAsync().ConfigureAwait(false);
        _lease = null;
    }

    /// <summary>Gives the lease back for a reason; it is tried again later.</summary>
    public async Task GiveBackAsync(string problem)
    {
        await ReleaseAsync().ConfigureAwait(false);
        Report(problem);
    }

    private static async Task<bool> RenewAsync(IStoreLease lease, CancellationToken cancellationToken)
    {
        try
        {
            return await lease.RenewAsync(Duration, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private void Report(string problem)
    {
        if (_problem != problem) logger.StateNotHeld(problem);
        _problem = problem;
    }
}
