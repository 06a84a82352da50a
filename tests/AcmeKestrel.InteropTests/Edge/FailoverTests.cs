using AcmeKestrel.InteropTests.LocalCa;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Two real CAs: the first one dies, the second one takes over, and the first one is asked again when it is back.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_CA_dies_in_the_middle_of_a_renewal_the_name_comes_from_the_second_and_goes_back()
    {
        await using var second = await LocalCaApp.StartAsync(lifetime: TimeSpan.FromSeconds(30));
        await using var edge = new SampleEdge(second.HttpPort, second.TlsPort);
        var profiles = new PebbleSettings(PebbleVersion.Newest).Profiles.SetItem("default", TimeSpan.FromSeconds(60));
        await using var pebble = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Newest) { HttpPort = edge.HttpPort, TlsPort = edge.HttpsPort, Profiles = profiles }, Stop);
        await using var first = await WatchedCa.StartAsync(pebble, Stop);
        edge.Using(first, "shop.test");
        edge.Settings["Acme__Renewal__Ari"] = "false";
        edge.Settings["Acme__FallbackProviders__0"] = "embedded";
        edge.Settings["Acme__Providers__embedded__Directory"] = second.DirectoryUrl;
        edge.Settings["Acme__Providers__embedded__TrustedRootsFile"] = second.RootPath;
        edge.Start();
        var before = await edge.ServedAsync("shop.test", Stop);

        // After half of the life it renews, and there the CA is lost.
        first.GoesDownAtAnOrder = true;
        var taken = await NextAsync(before, 2);
        Assert.NotEqual(before.Certificate.Issuer, taken.Certificate.Issuer);
        Assert.True(before.Certificate.NotAfter > DateTime.Now);

        Assert.Equal(2, first.Count("order-plz", 201));

        (first.GoesDownAtAnOrder, first.IsDown) = (false, false);
        var back = await NextAsync(taken, 3);
        Assert.Equal(before.Certificate.IssuerName.Name.Split(' ')[0], back.Certificate.IssuerName.Name.Split(' ')[0]);
        Assert.Equal(0, await edge.Process.StopAsync(Stop));

        // Folders first: a look at them costs no handshake.
        async Task<ServedChain> NextAsync(ServedChain former, int generations)
        {
            await Patience.UntilAsync(
                _ => Task.FromResult(Directory.GetDirectories(edge.InState("certs"), "shop.test@*").Length >= generations ? "" : null), () => $"No other certificate. Output:\n{edge.Process.Output}", Stop);
            return await Patience.UntilAsync(
                async token => await edge.ServedAsync("shop.test", token) is var served && served.Certificate.Thumbprint != former.Certificate.Thumbprint ? served : null,
                () => $"It is not served. Output:\n{edge.Process.Output}",
                Stop);
        }
    }
}
