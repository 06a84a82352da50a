using AcmeKestrel.Storage;

namespace AcmeKestrel.Redis;

/// <summary>A lease that Redis gave. Its end here comes before the one there: it is counted from before Redis was asked, on a clock that nobody sets.</summary>
internal sealed class RedisLease : IStoreLease
{
    /// <summary>Timers know no longer times.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private readonly Lock _gate = new();
    private readonly RedisLeases _leases;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _timer;
    private long _from;
    private TimeSpan _duration;
    private bool _isOver;

    public RedisLease(RedisLeases leases, TimeProvider time, Fence fence, long from, TimeSpan duration)
    {
        (_leases, _time, Fence, _from, _duration) = (leases, time, fence, from, duration);
        _timer = time.CreateTimer(_ => EndInTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        EndInTime();
    }

    public Fence Fence { get; }

    public TimeSpan Remaining
    {
        get
        {
            lock (_gate) return !_isOver && _duration - _time.GetElapsedTime(_from) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
        }
    }

    public CancellationToken Lost => _lost.Token;

    public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        if (Remaining > TimeSpan.Zero)
        {
            var from = _time.GetTimestamp();
            var renewed = await _leases.RenewAsync(Fence, duration, cancellationToken).ConfigureAwait(false);
            if (renewed && TryProlong(from, duration)) return true;

            // It ended here while Redis prolonged it there, where nobody would take it for so long.
            if (renewed) await _leases.ReleaseAsync(Fence).ConfigureAwait(false);
        }

        End();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        if (End()) await _leases.ReleaseAsync(Fence).ConfigureAwait(false);
    }

    private bool TryProlong(long from, TimeSpan duration)
    {
        lock (_gate)
        {
            if (_isOver) return false;
            (_from, _duration) = (from, duration);
        }

        EndInTime();
        return true;
    }

    private void EndInTime()
    {
        if (Remaining is { Ticks: > 0 } rest) _timer.Change(rest < LongestTimer ? rest : LongestTimer, Timeout.InfiniteTimeSpan);
        else End();
    }

    /// <summary>Tells its holder, outside the lock: what the holder does then is the holder's. True for whoever ended it.</summary>
    private bool End()
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
}
