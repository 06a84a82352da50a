using AcmeKestrel.Storage;

namespace Shelves;

/// <summary>A lease of a shelf. Its holder counts from before the engine was asked, so it is over here first.</summary>
public sealed class ShelfLease : IStoreLease
{
    private readonly Shelf _shelf;
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _timer;
    private (long From, TimeSpan Duration) _term;

    public ShelfLease(Shelf shelf, Fence fence, long from, TimeSpan duration)
    {
        (_shelf, Fence, _term) = (shelf, fence, (from, duration));
        _timer = shelf.Clock.CreateTimer(_ => EndInTime(), null, duration, Timeout.InfiniteTimeSpan);
    }

    public Fence Fence { get; }

    public TimeSpan Remaining
    {
        get
        {
            lock (_shelf.Gate) return _lost.IsCancellationRequested ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(0, (_term.Duration - _shelf.Clock.GetElapsedTime(_term.From)).Ticks));
        }
    }

    public CancellationToken Lost => _lost.Token;

    public ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var isHeld = false;
        lock (_shelf.Gate)
        {
            if (!_lost.IsCancellationRequested && _shelf.Stands(Fence))
            {
                isHeld = true;
                _term = (_shelf.Clock.GetTimestamp(), duration);
                _shelf.Leases[Fence.Resource] = _shelf.Leases[Fence.Resource] with { From = _term.From, Duration = duration };
                _timer.Change(duration, Timeout.InfiniteTimeSpan);
            }
        }

        if (!isHeld) End();
        return ValueTask.FromResult(isHeld);
    }

    public ValueTask DisposeAsync()
    {
        lock (_shelf.Gate)
        {
            if (_shelf.Stands(Fence)) _shelf.Leases[Fence.Resource] = _shelf.Leases[Fence.Resource] with { Duration = TimeSpan.Zero };
        }

        End();
        return ValueTask.CompletedTask;
    }

    /// <summary>A timer may come when the lease has just been renewed.</summary>
    private void EndInTime()
    {
        if (Remaining == TimeSpan.Zero) End();
    }

    /// <summary>Outside the gate: what its holder does then is the holder's.</summary>
    private void End()
    {
        _timer.Dispose();
        _lost.Cancel();
    }
}
