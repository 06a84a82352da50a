using AcmeKestrel.Storage;

namespace AcmeKestrel.PostgreSql;

/// <summary>A lease that ends by the server's clock. Here its end is counted from before the server was asked, on a clock that nobody sets: it is over for its holder first.</summary>
internal sealed class PostgreSqlLease : IStoreLease
{
    private static readonly TimeSpan GivingBack = TimeSpan.FromSeconds(5);

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _timer;
    private (long From, TimeSpan Duration) _term;

    public PostgreSqlLease(Database database, Fence fence, TimeProvider time, long from, TimeSpan duration)
    {
        (_database, Fence, _time, _term) = (database, fence, time, (from, duration));
        _timer = time.CreateTimer(_ => EndIfOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        EndIfOver();
    }

    public Fence Fence { get; }

    public TimeSpan Remaining
    {
        get
        {
            lock (_gate) return _lost.IsCancellationRequested ? TimeSpan.Zero : Left;
        }
    }

    public CancellationToken Lost => _lost.Token;

    private TimeSpan Left => _term.Duration - _time.GetElapsedTime(_term.From) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>For the server, which is to think of it as no shorter.</summary>
    public static long? Milliseconds(TimeSpan duration) => (long)Math.Ceiling(duration.TotalMilliseconds);

    public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        if (Remaining == TimeSpan.Zero) return false;

        var from = _time.GetTimestamp();
        var isRenewed = await _database.CallAsync(Statements.RenewLease, [Fence.Resource, Fence.Token, Milliseconds(duration)], row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false);
        if (!isRenewed) End();
        else Prolong(from, duration);

        // Its holder may have been told meanwhile that it is lost, and cannot be told otherwise.
        return Remaining > TimeSpan.Zero;
    }

    public async ValueTask DisposeAsync()
    {
        if (_lost.IsCancellationRequested) return;

        End();
        using var patience = new CancellationTokenSource(GivingBack, _time);
        try
        {
            await _database.CallAsync(Statements.ReturnLease, [Fence.Resource, Fence.Token], row => row.GetBoolean(0), patience.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends by itself.
        }
    }

    /// <summary>The server, too, lets it last no shorter than before.</summary>
    private void Prolong(long from, TimeSpan duration)
    {
        lock (_gate)
        {
            if (duration - _time.GetElapsedTime(from) > Left) _term = (from, duration);
        }

        EndIfOver();
    }

    private void EndIfOver()
    {
        lock (_gate)
        {
            if (_lost.IsCancellationRequested) return;

            if (Left is { Ticks: > 0 } left)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        End();
    }

    /// <summary>Outside the lock: what the holder does then is the holder's.</summary>
    private void End()
    {
        _timer.Dispose();
        _lost.Cancel();
    }
}
