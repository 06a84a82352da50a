namespace AcmeKestrel.Storage.Engine;

/// <summary>A lease that ends by an engine's clock. Here its end is counted from before the engine was asked, on a clock that nobody sets: it is over for its holder first.</summary>
internal sealed class EngineLease : IStoreLease
{
    /// <summary>Timers know no longer times.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private readonly Lock _gate = new();
    private readonly IEngineLeases _engine;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _timer;
    private (long From, TimeSpan Duration) _term;
    private bool _isOver;

    /// <param name="engine">Who gave it.</param>
    /// <param name="fence">What it proves.</param>
    /// <param name="time">Whose timestamps count.</param>
    /// <param name="from">A timestamp: before the engine was asked.</param>
    /// <param name="duration">What it was asked for.</param>
    public EngineLease(IEngineLeases engine, Fence fence, TimeProvider time, long from, TimeSpan duration)
    {
        (_engine, Fence, _time, _term) = (engine, fence, time, (from, duration));
        _timer = time.CreateTimer(_ => EndInTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        EndInTime();
    }

    public Fence Fence { get; }

    public TimeSpan Remaining
    {
        get
        {
            lock (_gate) return Left;
        }
    }

    public CancellationToken Lost => _lost.Token;

    private TimeSpan Left => !_isOver && _term.Duration - _time.GetElapsedTime(_term.From) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        if (Remaining > TimeSpan.Zero)
        {
            var from = _time.GetTimestamp();
            var isRenewed = await _engine.RenewAsync(Fence, duration, cancellationToken).ConfigureAwait(false);
            if (isRenewed && TryProlong(from, duration)) return true;

            // It ended here while the engine prolonged it there, where nobody would take it for so long.
            if (isRenewed) await _engine.ReleaseAsync(Fence).ConfigureAwait(false);
        }

        End();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        if (End()) await _engine.ReleaseAsync(Fence).ConfigureAwait(false);
    }

    /// <summary>False: its holder was told by then that it is over, and cannot be told otherwise.</summary>
    private bool TryProlong(long from, TimeSpan duration)
    {
        lock (_gate)
        {
            if (_isOver) return false;

            // What was asked for before may last longer.
            if (duration - _time.GetElapsedTime(from) > Left) _term = (from, duration);
        }

        EndInTime();
        return Remaining > TimeSpan.Zero;
    }

    /// <summary>Looks at what is left under the lock: a timer may come when the lease has just been prolonged.</summary>
    private void EndInTime()
    {
        lock (_gate)
        {
            if (_isOver) return;
            if (Left is { Ticks: > 0 } left)
            {
                _timer.Change(left < LongestTimer ? left : LongestTimer, Timeout.InfiniteTimeSpan);
                return;
            }

            _isOver = true;
        }

        Tell();
    }

    /// <summary>True for whoever ended it.</summary>
    private bool End()
    {
        lock (_gate)
        {
            if (_isOver) return false;
            _isOver = true;
        }

        Tell();
        return true;
    }

    /// <summary>Outside the lock: what the holder does then is the holder's.</summary>
    private void Tell()
    {
        _timer.Dispose();
        _lost.Cancel();
    }
}
