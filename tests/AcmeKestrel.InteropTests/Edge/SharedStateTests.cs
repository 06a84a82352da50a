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
}
