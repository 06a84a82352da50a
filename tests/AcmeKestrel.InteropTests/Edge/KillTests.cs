using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Promise 6 with the real process: <c>kill -9</c> in the middle of an issuance, then a start.</summary>
public sealed class KillTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("the account's key is stored", "accounts", "privkey")]
    [InlineData("the intent is stored", "orders", "*")]
    [InlineData("an answer is stored", "answers", "*")]
    [InlineData("the generation is being written", "certs", "*@*")]
    [InlineData("the generation is linked", "certs", "shop.test")]
    public async Task Killed_in_an_issuance_it_ends_served_with_whole_certificates_and_at_most_one_orphan_order(string moment, string folder, string pattern)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, cancellationToken: Stop);

        // Answers of http-01 are stored for other processes; those of tls-alpn-01 never are.
        edge.Using(ca, "shop.test").Settings["Acme__Challenges__0"] = "http-01";
        edge.Start();

        await Patience.UntilAsync(_ => Task.FromResult(Find(edge.InState(folder), pattern)), () => $"Never seen: {moment}.\n{edge.Process.Output}", Stop);
        await edge.Process.KillAsync(Stop);
        Assert.All(StoredCertificates.Read(edge.StateDirectory), certificate => Assert.True(certificate.HasPrivateKey));

        edge.Start();
        var served = await edge.ServedAsync("shop.test", Stop);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);

        using var root = await ca.RootAsync(Stop);
        Assert.Equal(5, served.PathLengthTo(root));
        Assert.Equal(served.Certificate.Thumbprint, Assert.Single(StoredCertificates.Read(edge.StateDirectory)).Thumbprint);
        Assert.InRange(ca.Orders(), 1, 2);
    }

    private static string? Find(string folder, string pattern)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(folder, pattern, SearchOption.AllDirectories).FirstOrDefault();
        }
        catch (DirectoryNotFoundException)
        {
            // Not made yet, or gone while it was read.
            return null;
        }
    }
}
