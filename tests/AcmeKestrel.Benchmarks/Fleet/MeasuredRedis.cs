using System.Globalization;
using AcmeKestrel.InteropTests.Redis;
using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>Debian's Redis with a log that is synced every second, as docs/fleet.md wants it.</summary>
internal sealed class MeasuredRedis : MeasuredEngine
{
    /// <summary>What the store's scripts do on the server: a script is one request, whatever it does.</summary>
    private static readonly HashSet<string> OfScripts = ["time", "hget", "hset", "hdel", "hgetall", "del", "exists", "zadd", "zrem", "zscore", "xadd", "xrevrange", "publish", "type"];

    private readonly RedisServer _server;
    private int _asked;

    private MeasuredRedis(RedisServer server) => _server = server;

    public override string Name => "Redis";

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Acme__Store__Type"] = "Redis", ["Acme__Store__Redis__Configuration"] = _server.Configuration };

    public static async Task<MeasuredRedis> StartAsync() => new(await RedisServer.StartAsync(CancellationToken.None, null, "--appendonly", "yes", "--appendfsync", "everysec"));

    public override async Task<Counts> RequestsAsync()
    {
        var told = (await _server.AskAsync("INFO", "commandstats")).ToString();
        var counts = told.Split('\n').Select(Count).OfType<KeyValuePair<string, double>>().ToDictionary();
        foreach (var done in OfScripts) counts.Remove(done);

        // One that asks is not yet counted when it is answered.
        counts["info"] = counts.GetValueOrDefault("info") - _asked++;
        return Counts.Of(counts);
    }

    public override IAcmeStore Open() => _server.OpenStore();

    public override async Task<IReadOnlyDictionary<string, DateTime>> CommitsAsync()
    {
        const string Written = "certificate/";
        var commits = new Dictionary<string, DateTime>(StringComparer.Ordinal);
        foreach (var entry in (RedisResult[])(await _server.AskAsync("XRANGE", "{acme}:feed", "-", "+"))!)
        {
            var (id, fields) = (entry[0].ToString(), (string[])entry[1]!);
            if (fields is not ["written", var key, ..] || !key.StartsWith(Written, StringComparison.Ordinal)) continue;
            commits[key[Written.Length..]] = DateTime.UnixEpoch.AddMilliseconds(long.Parse(id.Split('-')[0], CultureInfo.InvariantCulture));
        }

        return commits;
    }

    public override ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary><c>cmdstat_xrange:calls=12,usec=…</c></summary>
    private static KeyValuePair<string, double>? Count(string line) =>
        line.Split('_', 2) is ["cmdstat", var rest] && rest.Split(":calls=") is [var command, var numbers]
            ? KeyValuePair.Create(command, double.Parse(numbers[..numbers.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture))
            : null;
}
