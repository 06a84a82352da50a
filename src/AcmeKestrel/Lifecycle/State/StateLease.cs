using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>This process' sole right to write the state. Without it everything that is stored is served, and nothing is ordered.</summary>
internal sealed class StateLease(IAcmeStore store, LeaseTimes times, TimeProvider time, ILogger<StateLease> logger)
{
    public const string Resource = "state";

    private readonly string _owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";
    private volatile Held? _held;
    private volatile string _problem = "the state is not open yet";
    private volatile bool _isElsewhere;
    private volatile string? _renewing;

    /// <summary>Why nothing can be written, or null.</summary>
    public string? Problem => _held is null ? _problem : null;

    /// <summary>What ails the store, or null: that another process has the state is no trouble.</summary>
    public string? Trouble => _held is not null ? _renewing : WasAsked && !_isElsewhere ? _problem : null;

    /// <summary>This process has tried to get it.</summary>
    public bool WasAsked { get; private set; }

    /// <summary>Another process has it: what is to be done is asked of that one.</summary>
    public bool IsElsewhere => _held is null && _isElsewhere;

    /// <summary>The right to write under this lease; another one for each lease, and null where none is held.</summary>
    public StateSession? Session => _held?.Session;

    /// <summary>True when the lease is held afterwards.</summary>
    /// <param name="replacesClosed">Whoever puts a whole state here wants it also where the accounts that are there are closed to this process.</param>
    public async Task<bool> TryTakeAsync(CancellationToken cancellationToken, bool replacesClosed = false)
    {
        if (_held is not null) return true;

        WasAsked = true;
        try
        {
            var lease = await store.TryLeaseAsync(new StoreLeaseRequest(Resource, _owner, times.Duration) { ReplacesClosed = replacesClosed }, cancellationToken).ConfigureAwait(false);
            _isElsewhere = lease is null;
            _held = lease is null ? null : new Held(lease, new StateSession(store, lease.Fence));
            if (lease is null) ReportElsewhere();
            else if (times.AreOfFleet) logger.StateTaken(lease.Fence.Token);
        }
#pragma warning disable CA1031 // Promise 3: whatever ails a store, the application starts and serves.
        catch (Exception unavailable) when (unavailable is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _isElsewhere = false;
            Report(unavailable.Message);
        }

        return _held is not null;
    }

    /// <summary>Keeps the lease, or tries to get it, until cancelled.</summary>
    /// <param name="taken">Called each time it was got anew.</param>
    /// <param name="lost">Called each time it is held no longer, and before it is got for the first time.</param>
    /// <param name="following">What is done while another one has it; cancelled, and waited for, when it is got.</param>
    public async Task HoldAsync(Func<CancellationToken, Task> taken, Func<Task> lost, Func<CancellationToken, Task> following, CancellationToken cancellationToken)
    {
        for (var wasGivenBack = false; ; wasGivenBack = _held is null)
        {
            if (_held is { Lease: var lease }) await RenewUntilLostAsync(lease, cancellationToken).ConfigureAwait(false);

            // Also where it went before it was seen here: what was begun under it must not go on beside what is begun under the next one.
            await lost().ConfigureAwait(false);

            // What it is of cannot be read: it could be had again at once, and for nothing.
            if (wasGivenBack) await Task.Delay(times.Retry, time, cancellationToken).ConfigureAwait(false);
            if (!await TryTakeAsync(cancellationToken).ConfigureAwait(false)) await WaitForItAsync(following, cancellationToken).ConfigureAwait(false);
            await taken(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitForItAsync(Func<CancellationToken, Task> following, CancellationToken cancellationToken)
    {
        using var got = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = following(got.Token);
        try
        {
            do await Task.Delay(times.Retry, time, cancellationToken).ConfigureAwait(false);
            while (!await TryTakeAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            await got.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One beat of <see cref="HoldAsync"/>, for whoever has a rhythm of its own; true when the lease was got anew.</summary>
    public async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        if (_held is { Lease: var lease } && await BeatAsync(lease, cancellationToken).ConfigureAwait(false) is not null) return false;
        return await TryTakeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does something long under the lease and keeps it meanwhile; cancelled where it is lost.</summary>
    /// <exception cref="StoreUnavailableException">The lease was lost.</exception>
    public async Task KeepWhileAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        if (_held is not { Lease: var lease })
        {
            await work(cancellationToken).ConfigureAwait(false);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var heartbeat = KeepAliveAsync();
        try
        {
            await work(lost.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException("the lease of the state was lost while the state was read");
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await heartbeat.ConfigureAwait(false);
        }

        async Task KeepAliveAsync()
        {
            try
            {
                await RenewUntilLostAsync(lease, over.Token).ConfigureAwait(false);
                await lost.CancelAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The work is done.
            }
        }
    }

    /// <summary>Gives the lease back.</summary>
    public async Task ReleaseAsync()
    {
        if (Interlocked.Exchange(ref _held, null) is { Lease: var lease }) await DisposeAsync(lease).ConfigureAwait(false);
    }

    /// <summary>Gives the lease back for a reason; it is tried again later. One that has ended meanwhile need not be given back: what is done under it ends after this.</summary>
    public async Task GiveBackAsync(string problem)
    {
        if (Interlocked.Exchange(ref _held, null) is { Lease: var lease })
        {
            var rest = lease.Remaining;
            try
            {
                await DisposeAsync(lease).WaitAsync(rest, time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
            }
        }

        Report(problem);
    }

    /// <summary>Returns when the lease is lost, or so near its end that it has to be taken for lost.</summary>
    private async Task RenewUntilLostAsync(IStoreLease lease, CancellationToken cancellationToken)
    {
        TimeSpan? pause = times.Duration / 3;
        while (pause is { } next)
        {
            await DelayAsync(next, lease.Lost, cancellationToken).ConfigureAwait(false);

            // Given back meanwhile, for a reason that has been said.
            if (_held?.Lease != lease) return;
            pause = await BeatAsync(lease, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Cut short where the store says that the lease is lost.</summary>
    private async Task DelayAsync(TimeSpan pause, CancellationToken lost, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
        await Task.Delay(pause, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Renews the lease once; returns how long to wait for the next time, or null where it is lost.</summary>
    private async Task<TimeSpan?> BeatAsync(IStoreLease lease, CancellationToken cancellationToken)
    {
        var renewed = await TryRenewAsync(lease, cancellationToken).ConfigureAwait(false);
        if (renewed is true) return times.Duration / 3;
        if (renewed is null && lease.Remaining > times.RenewAgainAfter + times.Margin) return times.RenewAgainAfter;

        await GiveBackAsync("the lease of the state was lost").ConfigureAwait(false);
        return null;
    }

    /// <summary>False: another one has it, or may. Null: nobody knows.</summary>
    private async Task<bool?> TryRenewAsync(IStoreLease lease, CancellationToken cancellationToken)
    {
        if (lease.Remaining is not { Ticks: > 0 } rest) return false;

        // Whoever woke so late may still have it renewed; else it is given up before another one can get it, whether or not the engine has answered by then. What is asked for is worth no longer wait than it lasts, whatever a clock that was set says is left.
        var left = rest > times.Margin ? rest - times.Margin : rest;
        using var late = new CancellationTokenSource(left < times.Duration ? left : times.Duration, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            var renewed = await lease.RenewAsync(times.Duration, over.Token).AsTask().WaitAsync(over.Token).ConfigureAwait(false);
            _renewing = null;
            return renewed;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _renewing = "the store does not answer";
            return null;
        }
#pragma warning disable CA1031 // Whatever ails a store: it is asked again while the lease lasts.
        catch (Exception unavailable) when (unavailable is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _renewing = unavailable.Message;
            return null;
        }
    }

    /// <summary>A store that cannot take a lease back lets it end.</summary>
    private async Task DisposeAsync(IStoreLease lease)
    {
        try
        {
            await lease.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is over for this process either way.
        catch (Exception unavailable)
#pragma warning restore CA1031
        {
            Report(unavailable.Message);
        }
    }

    /// <summary>A lease, and the right to write that it gives.</summary>
    private sealed record Held(IStoreLease Lease, StateSession Session);

    /// <summary>On one machine a second server is mostly a mistake; of a fleet all but one are in this case.</summary>
    private void ReportElsewhere()
    {
        const string Elsewhere = "another machine has the right to order";
        if (!times.AreOfFleet)
        {
            Report("a server already runs on this state: another process holds it");
            return;
        }

        if (_problem != Elsewhere) logger.StateElsewhere();
        _problem = Elsewhere;
    }

    private void Report(string problem)
    {
        if (_problem != problem) logger.StateNotHeld(problem);
        _problem = problem;
    }
}
