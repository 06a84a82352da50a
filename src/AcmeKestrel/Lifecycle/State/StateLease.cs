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
    private volatile StateSession? _session;
    private volatile string _problem = "the state is not open yet";

    /// <summary>Why nothing can be written, or null.</summary>
    public string? Problem => _lease is null ? _problem : null;

    /// <summary>The right to write under this lease; another one for each lease, and null where none is held.</summary>
    public StateSession? Session => _session;

    /// <summary>True when the lease is held afterwards.</summary>
    public async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        if (_lease is not null) return true;

        try
        {
            var lease = await store.TryLeaseAsync("state", _owner, Duration, cancellationToken).ConfigureAwait(false);
            (_session, _lease) = (lease is null ? null : new StateSession(store, lease.Fence), lease);
            if (lease is null) Report("a server already runs on this state: another process holds it");
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
            if (_lease is not { } lease)
            {
                await Task.Delay(RetryInterval, time, cancellationToken).ConfigureAwait(false);
                if (await TryTakeAsync(cancellationToken).ConfigureAwait(false)) await taken(cancellationToken).ConfigureAwait(false);
                continue;
            }

            await Task.Delay(Duration / 3, time, cancellationToken).ConfigureAwait(false);
            if (await RenewAsync(lease, cancellationToken).ConfigureAwait(false)) continue;

            (_session, _lease) = (null, null);
            await lease.DisposeAsync().ConfigureAwait(false);
            Report("the lease of the state was lost");
            if (await TryTakeAsync(cancellationToken).ConfigureAwait(false)) await taken(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the lease back.</summary>
    public async Task ReleaseAsync()
    {
        if (_lease is { } lease) await lease.DisposeAsync().ConfigureAwait(false);
        (_session, _lease) = (null, null);
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
