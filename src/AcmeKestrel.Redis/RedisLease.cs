using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Redis;

/// <summary>A lease that Redis gave.</summary>
internal sealed class RedisLease(RedisLeases leases, TimeProvider time, Fence fence, long from, TimeSpan duration) : IStoreLease
{
    private readonly LeaseTerm _term = new(time, from, duration);

    public Fence Fence => fence;

    public TimeSpan Remaining => _term.Remaining;

    public CancellationToken Lost => _term.Lost;

    public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        if (Remaining > TimeSpan.Zero)
        {
            var from = time.GetTimestamp();
            var renewed = await leases.RenewAsync(Fence, duration, cancellationToken).ConfigureAwait(false);
            if (renewed && _term.TryProlong(from, duration)) return true;

            // It ended here while Redis prolonged it there, where nobody would take it for so long.
            if (renewed) await leases.ReleaseAsync(Fence).ConfigureAwait(false);
        }

        _term.End();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_term.End()) await leases.ReleaseAsync(Fence).ConfigureAwait(false);
    }
}
