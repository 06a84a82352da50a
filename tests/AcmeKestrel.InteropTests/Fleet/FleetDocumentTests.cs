using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>The fleet of docs/fleet.md, "Two edges, Redis and HAProxy", as it stands there but for addresses and ports: the CA's probes and the visitors come by way of HAProxy.</summary>
public sealed class FleetDocumentTests
{
    private const string Name = "shop.example.com";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Either_edge_serves_what_one_ordered_and_the_other_goes_on_when_that_dies()
    {
        var program = RealThing.Require("haproxy", "haproxy");
        await using var engine = await FleetEngine.StartAsync("Redis", Stop);
        await using var first = new SampleEdge();
        await using var second = new SampleEdge();
        var (http, https) = (FreePort.Next(), FreePort.Next());
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Installed) { HttpPort = http, TlsPort = https, NonceReject = 0 }, Stop);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.In("haproxy.cfg"), await ConfigurationAsync(first, second, http, https), Stop);
        await using var balancer = ChildProcess.Start(program, ["-db", "-f", folder.In("haproxy.cfg")], [], folder.Path);
        var (holding, following) = ("This machine has the right to order from now on", "Another machine has the right to order; this one serves what that commits");
        foreach (var edge in new[] { first, second })
        {
            engine.Use(edge.Using(ca, Name), engine.Port);
            edge.Settings["Acme__Store__LeaseDuration"] = "00:00:06";
        }

        var holder = first.Start();
        await holder.LineAsync(line => line.Contains(holding, StringComparison.Ordinal), Stop);
        await second.Start().LineAsync(line => line.Contains(following, StringComparison.Ordinal), Stop);
        var served = await first.ServedAsync(Name, Stop);
        Assert.Equal(served.Certificate.Thumbprint, (await second.ServedAsync(Name, Stop)).Certificate.Thumbprint);
        await VisitAsync();
        foreach (var edge in new[] { first, second }) Assert.Contains(Name, (await CommandTests.AcmeAsync(edge, "status")).Output, StringComparison.Ordinal);

        // The first probes may come before HAProxy knows that the edges are there.
        var orders = ca.Orders();

        // Its connections are refused from now on, and HAProxy has not looked yet.
        await holder.KillAsync(Stop);
        await VisitAsync();
        await second.Process.LineAsync(line => line.Contains(holding, StringComparison.Ordinal), Stop);
        await VisitAsync();
        Assert.Equal(orders, ca.Orders());

        async Task VisitAsync()
        {
            for (var visit = 0; visit < 4; visit++) Assert.Equal(served.Certificate.Thumbprint, (await ServedChain.FetchAsync(https, Name, Stop)).Certificate.Thumbprint);
        }
    }

    private static async Task<string> ConfigurationAsync(SampleEdge first, SampleEdge second, int http, int https)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "fleet.md"), Stop);
        var section = page[page.IndexOf("## Two edges, Redis and HAProxy", StringComparison.Ordinal)..];
        var block = section.Split("```")[1];
        foreach (var (documented, here) in new[]
        {
            ("bind :80", $"bind 127.0.0.1:{http}"), ("bind :443", $"bind 127.0.0.1:{https}"),
            ("192.0.2.11:80", $"127.0.0.1:{first.HttpPort}"), ("192.0.2.12:80", $"127.0.0.1:{second.HttpPort}"),
            ("192.0.2.11:443", $"127.0.0.1:{first.HttpsPort}"), ("192.0.2.12:443", $"127.0.0.1:{second.HttpsPort}"),
        })
        {
            Assert.Contains(documented, block, StringComparison.Ordinal);
            block = block.Replace(documented, here, StringComparison.Ordinal);
        }

        return block;
    }
}
