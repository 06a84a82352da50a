using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

public sealed class WishesWhileRunningTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_dropped_into_desired_while_the_edge_runs_is_served()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.ServedAsync("shop.test", Stop);

        await File.WriteAllTextAsync(edge.InState("desired", "blog.test"), "", Stop);
        await File.WriteAllTextAsync(edge.InState("desired", "wiki"), "# two names\nwiki.test\nen.wiki.test\n", Stop);

        await edge.ServedAsync("blog.test", Stop);
        var wiki = await edge.ServedAsync("wiki.test", Stop);
        Assert.True(wiki.Covers("en.wiki.test"));
    }

    [Fact]
    public async Task A_section_written_into_want_is_served_also_when_its_file_is_broken_or_gone()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.ServedAsync("shop.test", Stop);

        Directory.CreateDirectory(edge.InState("want"));
        var file = edge.InState("want", "sites.toml");
        await File.WriteAllTextAsync(file, "[blog.test]\ndomains = [\"blog.test\", \"en.blog.test\"]\nkey_type = \"P384\"\n", Stop);
        var blog = await edge.ServedAsync("blog.test", Stop);
        Assert.True(blog.Covers("en.blog.test"));
        Assert.Equal(384, blog.Certificate.GetECDsaPublicKey()!.KeySize);

        await File.WriteAllTextAsync(file, "[blog.test]\ndomains = [\"blog.test\"\n\n[wiki.test]\n", Stop);
        await edge.ServedAsync("wiki.test", Stop);
        Assert.Contains("want/sites.toml:2: is no TOML", edge.Process.Output, StringComparison.Ordinal);
        Assert.Equal(blog.Certificate.Thumbprint, (await edge.ServedAsync("blog.test", Stop)).Certificate.Thumbprint);

        File.Delete(file);
        await edge.Process.LineAsync(line => line.Contains("no more: blog.test, wiki.test", StringComparison.Ordinal), Stop);
        Assert.Equal(blog.Certificate.Thumbprint, (await edge.ServedAsync("blog.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(["blog.test", "shop.test", "wiki.test"], StoredCertificates.Labels(edge.StateDirectory));
        Assert.Equal(3, ca.Orders());
    }

    [Fact]
    public async Task A_YARP_route_added_by_configuration_reload_is_served_unless_its_metadata_says_no()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        WriteRoutes(edge, ("app.test", "true"));
        edge.Using(ca).Start();
        await edge.ServedAsync("app.test", Stop);

        WriteRoutes(edge, ("app.test", "true"), ("private.test", "false"), ("late.test", "true"));
        await edge.ServedAsync("late.test", Stop);

        // The link in certs/ follows the swap in Kestrel; the status follows both.
        await edge.Process.LineAsync(line => line.StartsWith("late.test: served", StringComparison.Ordinal), Stop);
        Assert.Equal(["app.test", "late.test"], StoredCertificates.Labels(edge.StateDirectory));
        Assert.Equal(2, ca.Orders());
    }

    private static void WriteRoutes(SampleEdge edge, params (string Host, string Acme)[] routes)
    {
        var settings = new
        {
            ReverseProxy = new
            {
                Routes = routes.ToDictionary(route => route.Host, route => new { ClusterId = "none", Match = new { Hosts = new[] { route.Host } }, Metadata = new { route.Acme } }),
                Clusters = new { none = new { Destinations = new { none = new { Address = "http://127.0.0.1:9/" } } } },
            },
        };
        edge.Configure(settings);
    }
}
