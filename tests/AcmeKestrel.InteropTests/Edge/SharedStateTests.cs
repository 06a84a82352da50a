using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Two processes on one state directory: one orders, and both serve.</summary>
public sealed class SharedStateTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_beside_the_one_that_orders_serves_its_new_certificate_without_a_restart()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await using var first = new SampleEdge(ca.HttpPort, ca.TlsPort);
        await using var second = new SampleEdge();
        second.Settings["Acme__StateDirectory"] = first.StateDirectory;
        Directory.CreateDirectory(first.InState("desired"));
        await File.WriteAllTextAsync(first.InState("desired", "shop.test"), "", Stop);
        first.Using(ca).Start();
        var old = await first.ServedAsync("shop.test", Stop);

        // It has it from its first handshake on, and says why it orders nothing.
        second.Using(ca).Start();
        Assert.Equal(old.Certificate.Thumbprint, (await second.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);
        await second.Process.LineAsync(line => line.Contains("a server already runs on this state", StringComparison.Ordinal), Stop);

        await File.WriteAllTextAsync(first.InState("desired", "shop.test"), "shop.test\nwww.shop.test\n", Stop);
        var renewed = await first.ServedAsync("www.shop.test", Stop);
        Assert.NotEqual(old.Certificate.Thumbprint, renewed.Certificate.Thumbprint);

        Assert.Equal(renewed.Certificate.Thumbprint, (await second.ServedAsync("www.shop.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(renewed.Certificate.Thumbprint, (await second.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(2, StoredCertificates.Read(first.StateDirectory).Count);
    }

    /// <summary>Whichever of them gets the state: the CA's questions come to the first one, which answers for the other by what that has stored.</summary>
    [Fact]
    public async Task Two_processes_that_start_at_once_order_each_of_fifty_names_once()
    {
        string[] names = [.. Enumerable.Range(0, 50).Select(number => $"n{number}.test")];
        await using var ca = await LocalCaApp.StartAsync();
        await using var first = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca);
        await using var second = new SampleEdge().Using(ca);
        second.Settings["Acme__StateDirectory"] = first.StateDirectory;
        first.Settings["Acme__Challenges__0"] = second.Settings["Acme__Challenges__0"] = "http-01";

        first.Start();
        second.Start();

        // The second one may be the faster one, and its CA asks the first.
        foreach (var edge in (SampleEdge[])[first, second]) await edge.FirstHandshakeAsync("any.test", Stop);
        first.Wish(names);
        second.Wish(names);
        foreach (var name in names)
        {
            var served = await first.ServedAsync(name, Stop);
            Assert.Equal(served.Certificate.Thumbprint, (await second.ServedAsync(name, Stop)).Certificate.Thumbprint);
        }

        // A probe that a busy machine answers too late costs an order, and no certificate.
        var (orders, finalized, failed) = (ca.Requests.Count(resource => resource == "new-order"), ca.Requests.Count(resource => resource == "finalize"), first.FailedOrders + second.FailedOrders);
        Assert.True(orders >= 50 && orders <= 50 + failed && finalized == 50, $"{orders} orders, {finalized} finalized:\n{first.Process.Output}\n{second.Process.Output}");
        Assert.Equal(50, StoredCertificates.Read(first.StateDirectory).Count);
    }
}
