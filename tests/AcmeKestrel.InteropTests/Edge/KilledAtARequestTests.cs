using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Promise 6 with the real process, each moment hit exactly: the request at which it dies is held in front of the CA, before the CA sees it or before the edge sees the answer.</summary>
public sealed class KilledAtARequestTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sign-me-up", true, 1)]
    [InlineData("order-plz", true, 1)]
    [InlineData("chalZ", false, 1)]
    [InlineData("finalize-order", true, 1)]
    [InlineData("certZ", false, 1)]
    public async Task Killed_there_it_goes_on_with_its_keys_and_has_one_account_and_one_certificate(string endpoint, bool afterTheCa, int orders)
    {
        await using var edge = new SampleEdge();
        await using var pebble = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, cancellationToken: Stop);
        await using var ca = await WatchedCa.StartAsync(pebble, Stop);
        var held = ca.HoldAtAsync(endpoint, afterTheCa);
        edge.Using(ca, "shop.test").Start();
        await held.WaitAsync(Stop);
        await edge.Process.KillAsync(Stop);
        var keys = AccountKeys(edge);

        edge.Start();
        var served = await edge.ServedAsync("shop.test", Stop);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);

        Assert.Equal(served.Certificate.Thumbprint, Assert.Single(StoredCertificates.Read(edge.StateDirectory)).Thumbprint);
        Assert.Equal(Assert.Single(keys), Assert.Single(AccountKeys(edge)));
        Assert.Equal(1, ca.Count("sign-me-up", 201));
        Assert.Equal(orders, ca.Count("order-plz", 201));
        Assert.Equal(1, ca.Count("finalize-order", 200));
        Assert.Empty(Directory.EnumerateFiles(edge.InState("orders")));
    }

    private static List<string> AccountKeys(SampleEdge edge) =>
    [
        .. Directory.EnumerateFiles(edge.InState("accounts"), "privkey", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(File.ReadAllText),
    ];
}
