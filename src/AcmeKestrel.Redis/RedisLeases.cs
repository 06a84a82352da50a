using System.Globalization;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Redis;

/// <summary>Gives, prolongs and takes back leases, on the server's clock.</summary>
internal sealed class RedisLeases(RedisConnection connection, RedisKeys keys, TimeProvider time) : IEngineLeases
{
    public async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        var token = await connection.RunAsync(
            redis => redis.ScriptEvaluateAsync(RedisScripts.Lease, [keys.Leases], [request.Resource, request.Owner, Microseconds(request.Duration)], RedisConnection.Flags),
            cancellationToken).ConfigureAwait(false);
        return token.IsNull ? null : new EngineLease(this, new Fence(request.Resource, long.Parse(token.ToString(), NumberStyles.None, CultureInfo.InvariantCulture)), time, from, request.Duration);
    }

    public async ValueTask<bool> RenewAsync(Fence fence, TimeSpan duration, CancellationToken cancellationToken) =>
        (int)await connection.RunAsync(
            redis => redis.ScriptEvaluateAsync(RedisScripts.Renew, [keys.Leases], [fence.Resource, fence.Token, Microseconds(duration)], RedisConnection.Flags),
            cancellationToken).ConfigureAwait(false) == 1;

    public async ValueTask ReleaseAsync(Fence fence)
    {
        try
        {
            await connection.RunAsync(redis => redis.ScriptEvaluateAsync(RedisScripts.Release, [keys.Leases], [fence.Resource, fence.Token], RedisConnection.Flags), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is StoreUnavailableException or ObjectDisposedException)
        {
            // It is over for its holder either way.
        }
    }

    private static long Microseconds(TimeSpan duration) => Math.Max(1, duration.Ticks / TimeSpan.TicksPerMicrosecond);
}
