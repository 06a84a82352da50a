namespace AcmeKestrel.Storage.Engine;

/// <summary>What leases stand on: a lock that other processes feel, and the highest token given out.</summary>
internal interface ILeaseGround
{
    /// <summary>The lock, or null when another process holds it.</summary>
    IDisposable? TryLock(string resource);

    /// <summary>The highest token given out for the resource; 0 where there is none. Called from any thread.</summary>
    long LastToken(string resource);

    /// <summary>Keeps it; called under the lock.</summary>
    void SaveToken(string resource, long token);
}

/// <summary>Leases of this process, and the check of the fences they give out.</summary>
internal sealed class Leases(TimeProvider time, ILeaseGround ground)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lease> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);

    /// <summary>The same owner may lease again: its older lease is lost then.</summary>
    public IStoreLease? TryLease(StoreLeaseRequest request)
    {
        Lease? older = null;
        try
        {
            lock (_gate) return TryLease(request, out older);
        }
        finally
        {
            older?.End();
        }
    }

    private Lease? TryLease(StoreLeaseRequest request, out Lease? older)
    {
        var resource = request.Resource;
        if (_held.TryGetValue(resource, out older))
        {
            if (older.Owner != request.Owner && !older.HasLapsed)
            {
                older = null;
                return null;
            }

            GiveBack(older);
        }

        if (ground.TryLock(resource) is not { } kernelLock) return null;
        try
        {
            var token = Math.Max(ground.LastToken(resource), _seen.GetValueOrDefault(resource)) + 1;
            ground.SaveToken(resource, token);
            var lease = new Lease(this, request.Owner, new Fence(resource, token), kernelLock, time, request.Duration);
            _held.Add(resource, lease);
            return lease;
        }
        catch
        {
            kernelLock.Dispose();
            throw;
        }
    }

    /// <exception cref="StoreConflictException">A younger lease of the resource exists.</exception>
    public void Check(RecordKey key, Fence? fence)
    {
        if (fence is not { } shown) return;

        // Outside the lock: writers of different records must not wait for each other's reads.
        var last = ground.LastToken(shown.Resource);
        lock (_gate)
        {
            var highest = Math.Max(_seen.GetValueOrDefault(shown.Resource), last);
            if (shown.Token < highest)
            {
                throw new StoreConflictException(key, $"{key} is not written: the lease of '{shown.Resource}' has passed to another holder (token {shown.Token}, now {highest}).");
            }

            _seen[shown.Resource] = shown.Token;
        }
    }

    private bool Renew(Lease lease, TimeSpan duration)
    {
        lock (_gate)
        {
            if (!IsHeld(lease) || lease.HasLapsed) return false;
            lease.Prolong(duration);
            return true;
        }
    }

    private void Return(Lease lease)
    {
        lock (_gate)
        {
            if (IsHeld(lease)) GiveBack(lease);
        }

        lease.End();
    }

    /// <summary>Other processes see only the kernel lock: a lapsed lease must let go of it by itself.</summary>
    private void Lapse(Lease lease, int term)
    {
        lock (_gate)
        {
            if (!IsHeld(lease) || lease.Term != term) return;
            GiveBack(lease);
        }

        lease.End();
    }

    private bool IsHeld(Lease lease) => _held.TryGetValue(lease.Fence.Resource, out var held) && held == lease;

    private void GiveBack(Lease lease)
    {
        _held.Remove(lease.Fence.Resource);
        lease.LetGo();
    }

    /// <summary>Its end is counted on the monotonic clock: the other one may be set while it lasts.</summary>
    private sealed class Lease : IStoreLease
    {
        private readonly Leases _owner;
        private readonly IDisposable _kernelLock;
        private readonly TimeProvider _time;
        private readonly CancellationTokenSource _lost = new();
        private ITimer? _timer;
        private long _from;
        private TimeSpan _duration;

        public Lease(Leases leases, string owner, Fence fence, IDisposable kernelLock, TimeProvider time, TimeSpan duration)
        {
            (_owner, Owner, Fence, _kernelLock, _time) = (leases, owner, fence, kernelLock, time);
            Prolong(duration);
        }

        public string Owner { get; }

        public Fence Fence { get; }

        public TimeSpan Remaining => !_lost.IsCancellationRequested && _duration - _time.GetElapsedTime(_from) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;

        public CancellationToken Lost => _lost.Token;

        /// <summary>Grows with each renewal: a timer that went off just before one ends nothing.</summary>
        public int Term { get; private set; }

        public bool HasLapsed => _time.GetElapsedTime(_from) >= _duration;

        public void Prolong(TimeSpan duration)
        {
            var term = ++Term;
            (_from, _duration) = (_time.GetTimestamp(), duration);
            _timer?.Dispose();
            _timer = _time.CreateTimer(_ => _owner.Lapse(this, term), null, duration, Timeout.InfiniteTimeSpan);
        }

        public void LetGo()
        {
            _timer?.Dispose();
            _kernelLock.Dispose();
        }

        /// <summary>Tells its holder. Outside the lock: what the holder does then is the holder's.</summary>
        public void End() => _lost.Cancel();

        public ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken) => ValueTask.FromResult(_owner.Renew(this, duration));

        public ValueTask DisposeAsync()
        {
            _owner.Return(this);
            return ValueTask.CompletedTask;
        }
    }
}
