using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>What a certificate costs a CA, and that a stored one costs nothing.</summary>
public sealed class RequestCountTests
{
    private static readonly string[] Steps = ["order-plz", "authZ", "chalZ", "finalize-order", "certZ"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>At most 2n + 5 with the two looks at the order that its waits end with; on a busy machine a wait may take more looks, so those are not counted here.</summary>
    [Theory]
    [InlineData("shop.test", 1)]
    [InlineData("shop.test www.shop.test api.shop.test", 3)]
    public async Task A_certificate_for_n_names_costs_2n_plus_3_requests_beside_the_looks_at_its_order(string domain, int names)
    {
        await using var edge = new SampleEdge();
        await using var pebble = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        await using var ca = await WatchedCa.StartAsync(pebble, Stop);
        edge.Using(ca, domain).Settings["Acme__IncludeBareDomain"] = "false";
        edge.Start();
        await edge.ServedAsync("shop.test", Stop);

        Assert.Equal((2 * names) + 3, Steps.Sum(ca.Count));
    }

    [Fact]
    public async Task A_restart_with_a_stored_certificate_asks_the_CA_for_nothing()
    {
        await using var edge = new SampleEdge();
        await using var pebble = await PebbleServer.StartAsync(PebbleVersion.Installed, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        await using var ca = await WatchedCa.StartAsync(pebble, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await RenewalIsAskedForAsync(edge);
        await edge.Process.StopAsync(Stop);
        var before = ca.Total;

        edge.Start();
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);

        Assert.Equal(before, ca.Total);
    }

    [Fact]
    public async Task The_same_names_in_another_order_are_no_new_certificate()
    {
        await using var edge = new SampleEdge();
        await using var pebble = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        await using var ca = await WatchedCa.StartAsync(pebble, Stop);
        edge.Using(ca, "shop.test api.test").Start();
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);

        edge.Using(ca, "api.test shop.test").Start();
        await edge.Process.LineAsync(line => line.StartsWith("api.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);

        Assert.Equal(1, pebble.Orders());
        Assert.Equal(File.ReadAllText(edge.InState("certs", "shop.test", "fullchain")), File.ReadAllText(edge.InState("certs", "api.test", "fullchain")));
    }

    /// <summary>It is served a moment before its CA was asked when to renew it, and a process that ends between the two asks after its next start.</summary>
    private static Task<string> RenewalIsAskedForAsync(SampleEdge edge) => Patience.UntilAsync(
        _ => Task.FromResult(Directory.EnumerateFiles(edge.InState("schedule")).Select(File.ReadAllText).FirstOrDefault(schedule => schedule.Contains("renewal", StringComparison.Ordinal))),
        () => "The CA's word on the renewal is not on disk.",
        Stop);
}
