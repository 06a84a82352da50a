using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>State on volumes that lack what a local disk has: the kernel's answers are replaced under the running process.</summary>
public sealed class VolumeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("error=EPERM")]
    [InlineData("retval=0")]
    public async Task On_a_volume_without_modes_and_links_it_issues_and_serves_and_says_once_what_is_missing(string modes)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").StartOnKernel(("chmod,fchmod,fchmodat", modes), ("symlink,symlinkat", "error=EPERM"));

        var served = await edge.ServedAsync("shop.test", Stop);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);

        Assert.True(served.Covers("shop.test"));
        Assert.Equal(1, ca.Orders());
        Assert.Single(StoredCertificates.Read(edge.StateDirectory));
        Assert.False(Path.Exists(edge.InState("certs", "shop.test")));
        var warning = Assert.Single(edge.Process.Output.Split('\n'), line => line.Contains("The volume of the state directory", StringComparison.Ordinal));
        Assert.Contains("lets no mode be changed", warning, StringComparison.Ordinal);
        Assert.Contains("no links", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("BY OTHERS", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_volume_without_locks_it_serves_what_is_stored_and_orders_nothing()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.ServedAsync("shop.test", Stop);
        await edge.Process.StopAsync(Stop);

        edge.Using(ca, "shop.test", "blog.test").StartOnKernel(("flock", "error=EOPNOTSUPP"));

        Assert.True((await edge.ServedAsync("shop.test", Stop)).Covers("shop.test"));
        var line = await edge.Process.LineAsync(line => line.StartsWith("blog.test: held", StringComparison.Ordinal), Stop);
        Assert.Contains("has no locks", line, StringComparison.Ordinal);
        Assert.Contains("Acme:StateDirectory", line, StringComparison.Ordinal);
        Assert.Equal(1, ca.Orders());
    }

    [Fact]
    public async Task A_second_process_is_kept_out_also_where_dotnet_is_told_to_lock_no_files()
    {
        await using var first = new SampleEdge();
        await using var second = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, first.HttpPort, first.HttpsPort, nonceReject: 0, Stop);
        foreach (var edge in new[] { first, second }) edge.Using(ca, "shop.test").Settings["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1";
        second.Settings["Acme__StateDirectory"] = first.StateDirectory;
        second.Settings["Acme__Domains__1"] = "blog.test";
        first.Start();
        await first.ServedAsync("shop.test", Stop);

        second.Start();
        var line = await second.Process.LineAsync(line => line.StartsWith("blog.test: held", StringComparison.Ordinal), Stop);

        Assert.Contains("another process", line, StringComparison.Ordinal);
        Assert.Equal(1, ca.Orders());
    }
}
