using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.PostgreSql;

/// <summary>Gives, prolongs and takes back leases, on the server's clock.</summary>
internal sealed class PostgreSqlLeases(Database database, TimeProvider time) : IEngineLeases
{
    private static readonly TimeSpan GivingBack = TimeSpan.FromSeconds(5);

    public async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        var token = await database.CallAsync(
            Statements.TryLease,
            [request.Resource, request.Owner, Milliseconds(request.Duration)],
            row => row.IsDBNull(0) ? default(long?) : row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        return token is { } given ? new EngineLease(this, new Fence(request.Resource, given), time, from, request.Duration) : null;
    }

    public async ValueTask<bool> RenewAsync(Fence fence, TimeSpan duration, CancellationToken cancellationToken) =>
        await database.CallAsync(Statements.RenewLease, [fence.Resource, fence.Token, Milliseconds(duration)], row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false);

    public async ValueTask ReleaseAsync(Fence fence)
    {
        using var patience = new CancellationTokenSource(GivingBack, time);
        try
        {
            await database.CallAsync(Statements.ReturnLease, [fence.Resource, fence.Token], row => row.GetBoolean(0), patience.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends by itself.
        }
    }

    /// <summary>For the server, which is to think of it as no shorter.</summary>
    private static long? Milliseconds(TimeSpan duration) => (long)Math.Ceiling(duration.TotalMilliseconds);
}
