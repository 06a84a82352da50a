using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>A private CA's root is replaced on disk while the edge runs, as configuration management does it.</summary>
public sealed class ReplacedRootsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_certificate_is_ordered_from_the_CA_under_its_new_root_without_a_restart()
    {
        await using var edge = new SampleEdge();
        await using var pebble = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        await using var ca = await WatchedCa.StartAsync(pebble, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.ServedAsync("shop.test", Stop);

        await ca.RotateAsync(Stop);
        await File.WriteAllTextAsync(edge.InState("desired", "blog.test"), "", Stop);

        Assert.True((await edge.ServedAsync("blog.test", Stop)).Covers("blog.test"));
        Assert.DoesNotContain("could not be asked", edge.Process.Output, StringComparison.Ordinal);
    }
}
