using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.PostgreSql;

/// <summary>A lease that ends by the server's clock.</summary>
internal sealed class PostgreSqlLease(Database database, Fence fence, TimeProvider time, long from, TimeSpan duration) : IStoreLease
{
    private static readonly TimeSpan GivingBack = TimeSpan.FromSeconds(5);

    private readonly LeaseTerm _term = new(time, from, duration);

    public Fence Fence => fence;

    public TimeSpan Remaining => _term.Remaining;

    public CancellationToken Lost => _term.Lost;

    /// <summary>For the server, which is to think of it as no shorter.</summary>
    public static long? Milliseconds(TimeSpan duration) => (long)Math.Ceiling(duration.TotalMilliseconds);

    public async ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        if (Remaining == TimeSpan.Zero) return false;

        var from = time.GetTimestamp();
        if (await database.CallAsync(Statements.RenewLease, [Fence.Resource, Fence.Token, Milliseconds(duration)], row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false)) return _term.TryProlong(from, duration);

        _term.End();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_term.End()) return;

        using var patience = new CancellationTokenSource(GivingBack, time);
        try
        {
            await database.CallAsync(Statements.ReturnLease, [Fence.Resource, Fence.Token], row => row.GetBoolean(0), patience.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends by itself.
        }
    }
}
