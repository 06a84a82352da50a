using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>The edge against a CA that nobody here wrote: strict, every second nonce rejected, three intermediates.</summary>
public sealed class PebbleIssuanceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed, "http-01")]
    [InlineData(PebbleVersion.Installed, "tls-alpn-01")]
    [InlineData(PebbleVersion.Newest, "http-01")]
    [InlineData(PebbleVersion.Newest, "tls-alpn-01")]
    public async Task The_contract_keys_make_the_edge_get_store_and_serve_that_certificate_and_nothing_else(PebbleVersion version, string challenge)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(version, edge.HttpPort, edge.HttpsPort, cancellationToken: Stop);
        edge.Using(ca, "shop.test").Settings["Acme__Challenges__0"] = challenge;

        edge.Start();
        var served = await edge.ServedAsync("shop.test", Stop);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        var other = await edge.FirstHandshakeAsync("other.test", Stop);

        using var root = await ca.RootAsync(Stop);
        Assert.Equal(5, served.PathLengthTo(root));
        Assert.NotEqual(served.Certificate.Thumbprint, other.Certificate.Thumbprint);
        Assert.True(other.IsSelfSigned);
        Assert.Equal(["shop.test"], StoredCertificates.Labels(edge.StateDirectory));
        Assert.Equal(served.Certificate.Thumbprint, Assert.Single(StoredCertificates.Read(edge.StateDirectory)).Thumbprint);
        Assert.Equal(1, ca.Orders());
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_CA_that_comes_over_IPv6_is_answered_there(PebbleVersion version)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(version) { HttpPort = edge.HttpPort, TlsPort = edge.HttpsPort, IPv6 = "::1" }, Stop);
        edge.Using(ca, "shop.test").Settings["Acme__Challenges__0"] = "http-01";
        edge.Settings["Kestrel__Endpoints__Http__Url"] = $"http://[::1]:{edge.HttpPort}";
        edge.Start();

        Assert.True((await edge.ServedAsync("shop.test", Stop)).Covers("shop.test"));

        Assert.Equal(1, ca.Orders());
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
    }

    [Fact]
    public async Task Stopped_and_started_it_serves_from_the_store_at_the_first_handshake_and_orders_nothing()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, cancellationToken: Stop);
        edge.Using(ca, "shop.test").Start();
        var before = await edge.ServedAsync("shop.test", Stop);
        await edge.Process.StopAsync(Stop);

        edge.Start();
        var first = await edge.FirstHandshakeAsync("shop.test", Stop);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);

        Assert.Equal(before.Certificate.Thumbprint, first.Certificate.Thumbprint);
        Assert.Equal(1, ca.Orders());
    }
}
