using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Endpoints as operators configure them.</summary>
public sealed class EndpointTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_certificate_is_served_behind_NAT_to_clients_that_send_no_name()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "127.0.0.2").Settings["Kestrel__Endpoints__Https__Url"] = $"https://*:{edge.HttpsPort}";
        edge.Start();
        await edge.Process.LineAsync(line => line.StartsWith("127.0.0.2: served", StringComparison.Ordinal), Stop);

        var elsewhere = await ServedChain.FetchAsync(edge.HttpsPort, "127.0.0.1", Stop);

        Assert.True(elsewhere.Certificate.MatchesHostname("127.0.0.2"), elsewhere.Certificate.Subject);
        Assert.True((await ServedChain.FetchAsync(edge.HttpsPort, "other.test", Stop)).IsSelfSigned);
    }

    [Fact]
    public async Task The_default_name_is_served_to_clients_that_send_no_name()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test", "blog.test").Settings["Acme__DefaultName"] = "blog.test";
        edge.Start();
        await edge.ServedAsync("blog.test", Stop);

        Assert.True((await ServedChain.FetchAsync(edge.HttpsPort, "127.0.0.1", Stop)).Covers("blog.test"));
    }

    [Fact]
    public async Task Names_of_an_Sni_section_without_a_certificate_are_served_with_ours()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Settings["Kestrel__Endpoints__Https__Sni__*__Protocols"] = "Http1";
        edge.Start();

        var served = await edge.ServedAsync("shop.test", Stop);

        using var root = await ca.RootAsync(Stop);
        Assert.Equal(5, served.PathLengthTo(root));
    }

    [Fact]
    public async Task An_https_endpoint_that_a_configuration_reload_brings_wakes_the_worker()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Settings.Remove("Kestrel__Endpoints__Https__Url");
        edge.Start();
        await edge.Process.LineAsync(line => line.Contains("no https address", StringComparison.Ordinal), Stop);
        Assert.Equal(0, ca.Orders());

        edge.Configure(new { Kestrel = new { Endpoints = new { Https = new { Url = $"https://127.0.0.1:{edge.HttpsPort}" } } } });

        Assert.True((await edge.ServedAsync("shop.test", Stop)).Covers("shop.test"));
    }
}
