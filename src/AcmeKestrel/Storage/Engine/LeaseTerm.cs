namespace AcmeKestrel.Storage.Engine;

/// <summary>How long a lease lasts that an engine gave, as its holder counts: from before the engine was asked, on a clock that nobody sets. So it is over here before it is there.</summary>
internal sealed class LeaseTerm : IDisposable
{
    /// <summary>Timers know no longer times.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _timer;
    private long _from;
    private TimeSpan _duration;
    private bool _isOver;

    /// <param name="time">Whose timestamps count.</param>
    /// <param name="from">A timestamp: before the engine was asked.</param>
    /// <param name="duration">What it was asked for.</param>
    public LeaseTerm(TimeProvider time, long from, TimeSpan duration)
    {
        (_time, _from, _duration) = (time, from, duration);
        _timer = time.CreateTimer(_ => EndInTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        EndInTime();
    }

    public TimeSpan Remaining
    {
        get
        {
            lock (_gate) return !_isOver && _duration - _time.GetElapsedTime(_from) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
        }
    }

    public CancellationToken Lost => _lost.Token;

    /// <summary>The engine has renewed it; false: its holder was told by then that it is over, and cannot be told otherwise.</summary>
    public bool TryProlong(long from, TimeSpan duration)
    {
        lock (_gate)
        {
            if (_isOver) return false;
            (_from, _duration) = (from, duration);
        }

        EndInTime();
        return Remaining > TimeSpan.Zero;
    }

    /// <summary>Tells the holder, outside the lock: what the holder does then is the holder's. True for whoever ended it.</summary>
    public bool End()
    {
        _timer.Dispose();
        lock (_gate)
        {
            if (_isOver) return false;
            _isOver = true;
        }

        _lost.Cancel();
        return true;
    }

    public void Dispose() => End();

    private void EndInTime()
    {
        if (Remaining is { Ticks: > 0 } rest) _timer.Change(rest < LongestTimer ? rest : LongestTimer, Timeout.InfiniteTimeSpan);
        else End();
    }
}
