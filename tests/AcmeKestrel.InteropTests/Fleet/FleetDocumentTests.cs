using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>The fleet of docs/fleet.md, "Two edges, Redis and HAProxy", as it stands there but for addresses and ports: the CA's probes and the visitors come by way of HAProxy.</summary>
public sealed class FleetDocumentTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const string Name = "shop.example.com";
    private const string Holding = "This machine has the right to order from now on";
    private const string Following = "Another machine has the right to order; this one serves what that commits";

    private readonly TemporaryFolder _folder = new();
    private readonly SampleEdge _first = new();
    private readonly SampleEdge _second = new();
    private readonly (int Redis, int Http, int Https) _ports = (FreePort.Next(), FreePort.Next(), FreePort.Next());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Either_edge_serves_what_one_ordered_and_the_other_goes_on_when_that_dies()
    {
        var (redis, haproxy) = (RealThing.Require("redis-server", "redis-server"), RealThing.Require("haproxy", "haproxy"));
        var blocks = await BlocksAsync();
        await File.WriteAllTextAsync(_folder.In("redis.conf"), blocks[0], Stop);
        await File.WriteAllTextAsync(_folder.In("haproxy.cfg"), blocks[2], Stop);
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Installed) { HttpPort = _ports.Http, TlsPort = _ports.Https, NonceReject = 0 }, Stop);
        await using var engine = ChildProcess.Start(redis, [_folder.In("redis.conf")], [], _folder.Path);
        await engine.LineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal), Stop);
        await using var balancer = ChildProcess.Start(haproxy, ["-db", "-f", _folder.In("haproxy.cfg")], [], _folder.Path);
        foreach (var edge in new[] { _first, _second })
        {
            edge.Using(ca).Settings["Acme__Store__LeaseDuration"] = "00:00:06";
            await File.WriteAllTextAsync(Path.Combine(edge.ContentRoot, "appsettings.Production.json"), blocks[1], Stop);
        }

        var holder = _first.Start();
        await holder.LineAsync(line => line.Contains(Holding, StringComparison.Ordinal), Stop);
        await _second.Start().LineAsync(line => line.Contains(Following, StringComparison.Ordinal), Stop);
        var served = await _first.ServedAsync(Name, Stop);
        Assert.Equal(served.Certificate.Thumbprint, (await _second.ServedAsync(Name, Stop)).Certificate.Thumbprint);
        await Patience.UntilAsync(ReachedAsync, () => balancer.Output, Stop);
        await VisitAsync();
        foreach (var edge in new[] { _first, _second }) Assert.Contains(Name, (await CommandTests.AcmeAsync(edge, "status")).Output, StringComparison.Ordinal);

        // The first probes may come before HAProxy knows that the edges are there.
        var orders = ca.Orders();

        // Its connections are refused from now on, and HAProxy has not looked yet.
        await holder.KillAsync(Stop);
        var clock = Stopwatch.StartNew();
        await VisitAsync();
        await _second.Process.LineAsync(line => line.Contains(Holding, StringComparison.Ordinal), Stop);
        output.WriteLine($"Of a lease of 6 s: the other one has the right to order {clock.Elapsed.TotalSeconds:F1} s after its holder was killed");
        await VisitAsync();
        Assert.Equal(orders, ca.Orders());

        // HAProxy sends nobody to an edge that it has not found well yet.
        async Task<ServedChain?> ReachedAsync(CancellationToken cancellationToken)
        {
            try
            {
                return await ServedChain.FetchAsync(_ports.Https, Name, cancellationToken);
            }
            catch (Exception notYet) when (notYet is SocketException or IOException or AuthenticationException)
            {
                return null;
            }
        }

        async Task VisitAsync()
        {
            for (var visit = 0; visit < 4; visit++) Assert.Equal(served.Certificate.Thumbprint, (await ServedChain.FetchAsync(_ports.Https, Name, Stop)).Certificate.Thumbprint);
        }
    }

    /// <summary>Redis', the edges', HAProxy's. The endpoints of the edges are in their environment, which wins.</summary>
    private async Task<string[]> BlocksAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "fleet.md"), Stop);
        var begin = page.IndexOf("## Two edges, Redis and HAProxy", StringComparison.Ordinal);
        var section = page[begin..page.IndexOf("\n## ", begin, StringComparison.Ordinal)];
        foreach (var (documented, here) in new[]
        {
            ("bind 192.0.2.10\nport 6379", $"bind 127.0.0.1\nport {_ports.Redis}"), ("192.0.2.10:6379", $"127.0.0.1:{_ports.Redis}"),
            ("bind :80", $"bind 127.0.0.1:{_ports.Http}"), ("bind :443", $"bind 127.0.0.1:{_ports.Https}"),
            ("192.0.2.11:80", $"127.0.0.1:{_first.HttpPort}"), ("192.0.2.12:80", $"127.0.0.1:{_second.HttpPort}"),
            ("192.0.2.11:443", $"127.0.0.1:{_first.HttpsPort}"), ("192.0.2.12:443", $"127.0.0.1:{_second.HttpsPort}"),
        })
        {
            Assert.Contains(documented, section, StringComparison.Ordinal);
            section = section.Replace(documented, here, StringComparison.Ordinal);
        }

        // Text and blocks take turns.
        var blocks = section.Split("```").Where((_, index) => index % 2 == 1).Select(block => block[(block.IndexOf('\n', StringComparison.Ordinal) + 1)..]).ToArray();
        Assert.Equal(3, blocks.Length);
        return blocks;
    }
}
