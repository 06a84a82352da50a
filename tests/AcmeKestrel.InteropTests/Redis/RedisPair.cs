using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A primary and a replica that can be cut off from it, unnoticed by whoever writes, and promoted in its place.</summary>
internal sealed class RedisPair : IAsyncDisposable
{
    private RedisPair(RedisServer primary, RedisServer replica) => (Primary, Replica) = (primary, replica);

    public RedisServer Primary { get; }

    public RedisServer Replica { get; }

    /// <summary>Of both, as an operator writes it.</summary>
    public string Configuration => $"{Primary.Configuration},{Replica.Configuration}";

    public static async Task<RedisPair> StartAsync(CancellationToken cancellationToken)
    {
        var pair = new RedisPair(await RedisServer.StartAsync(cancellationToken), await RedisServer.StartAsync(cancellationToken));
        await pair.Replica.AskAsync("REPLICAOF", "127.0.0.1", $"{pair.Primary.Port}");
        await pair.ReplicatedAsync(cancellationToken);
        return pair;
    }

    /// <summary>All that was written so far is at both.</summary>
    public async Task ReplicatedAsync(CancellationToken cancellationToken)
    {
        // What WAIT counts is the asking connection's last write.
        await Primary.AskAsync("SET", "replicated", "1");
        await Until.IsSoAsync(async () => (int)await Primary.AskAsync("WAIT", "1", "1000") == 1, cancellationToken);
    }

    /// <summary>The replica stays one, of nobody; it has what was written before.</summary>
    public async Task CutAsync(CancellationToken cancellationToken)
    {
        await ReplicatedAsync(cancellationToken);
        await Replica.AskAsync("REPLICAOF", "127.0.0.1", "1");
        await Until.IsSoAsync(async () => (int)await Primary.AskAsync("WAIT", "1", "1") == 0, cancellationToken);
    }

    /// <summary>What the primary acknowledged since it was cut off is lost.</summary>
    public async Task PromoteAsync(CancellationToken cancellationToken)
    {
        await Primary.StopAsync(cancellationToken);
        await Replica.AskAsync("REPLICAOF", "NO", "ONE");
    }

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
    }
}
