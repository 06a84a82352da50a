using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>An edge whose state moves from its directory to Redis, on to PostgreSQL, and back, as docs/fleet.md tells it: copied while it runs, stopped, copied once more, started on the other store.</summary>
public sealed class MovingTests
{
    private static readonly string[] Names = ["one.test", "two.test", "three.test"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_served_is_served_from_the_next_store_and_no_name_is_ordered_again()
    {
        await using var redis = await FleetEngine.StartAsync("Redis", Stop);
        await using var database = await FleetEngine.StartAsync("PostgreSql", Stop);
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Installed) { HttpPort = edge.HttpPort, TlsPort = edge.HttpsPort, NonceReject = 0 }, Stop);
        redis.Use(edge.Using(ca, Names), redis.Port);
        database.Use(edge, database.Port);
        edge.Settings["Acme__Store__Type"] = "Directory";
        var server = edge.Start();
        var served = await ThumbprintsAsync(edge);
        var present = "Directory";
        foreach (var next in new[] { "Redis", "PostgreSql", "Directory" })
        {
            // The process that was started last is asked for names: a command is none of these for long.
            Assert.True(await CopyAsync(edge, present, next) is 0 or 3, edge.Process.Output);
            Assert.False(server.HasExited);
            await server.StopAsync(Stop);
            Assert.True(await CopyAsync(edge, present, next) == 0, edge.Process.Output);
            Assert.Contains("both were read again, and hold the same", edge.Process.Output, StringComparison.Ordinal);

            edge.Settings["Acme__Store__Type"] = present = next;
            server = edge.Start();
            Assert.Equal(served, await ThumbprintsAsync(edge));
        }

        Assert.Equal((Names.Length, Names.Length), (ca.Orders(), ca.Requests("/finalize-order")));
    }

    private static async Task<List<string>> ThumbprintsAsync(SampleEdge edge)
    {
        var thumbprints = new List<string>();
        foreach (var name in Names) thumbprints.Add((await edge.ServedAsync(name, Stop)).Certificate.Thumbprint);
        return thumbprints;
    }

    private static async Task<int> CopyAsync(SampleEdge edge, string from, string to) => await edge.Start("acme", "store", "copy", from, to).ExitAsync(Stop);
}
