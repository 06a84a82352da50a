using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>A CA with three roots: the default chain, the alternates, and the one that the configuration prefers.</summary>
public sealed class PebbleChainTests(SharedPebbles pebbles)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task The_default_chain_and_each_alternate_lead_to_a_root_of_their_own(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(new PebbleSettings(version) { AlwaysValid = true, AlternateRoots = 2 }, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("chains.test", Ct);
        List<X509Certificate2Collection> chains = [issued.Download.Certificates()];

        foreach (var alternate in issued.Download.Alternates) chains.Add((await account.DownloadAsync(alternate, Ct)).Certificates());

        Assert.Equal(3, chains.Count);
        for (var index = 0; index < 3; index++)
        {
            using var root = await pebble.Management.RootAsync(index, Ct);
            Assert.Equal([index], chains.Index().Where(chain => LeadsTo(chain.Item, root)).Select(chain => chain.Index));
            Assert.Equal(root.Subject, chains[index][^1].Issuer);
            Assert.Equal(issued.Certificate.Thumbprint, chains[index][0].Thumbprint);
        }
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task Each_alternate_links_to_the_others(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(new PebbleSettings(version) { AlwaysValid = true, AlternateRoots = 2 }, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("links.test", Ct);
        var all = issued.Download.Alternates.Append(issued.Order.Certificate!).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(3, all.Length);
        foreach (var url in all)
        {
            var download = await account.DownloadAsync(url, Ct);
            Assert.Equal(all, download.Alternates.Append(url).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(PebbleVersion.Installed, 1)]
    [InlineData(PebbleVersion.Newest, 2)]
    public async Task The_edge_serves_and_stores_the_chain_whose_root_the_configuration_prefers(PebbleVersion version, int preferred)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(version) { HttpPort = edge.HttpPort, TlsPort = edge.HttpsPort, AlternateRoots = 2 }, Ct);
        using var usual = await ca.Management.RootAsync(0, Ct);
        using var wanted = await ca.Management.RootAsync(preferred, Ct);
        edge.Using(ca, "shop.test").Settings["Acme__Providers__pebble__PreferredChain"] = wanted.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

        edge.Start();
        var served = await edge.ServedAsync("shop.test", Ct);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Ct);

        var stored = new X509Certificate2Collection();
        stored.ImportFromPemFile(edge.InState("certs", "shop.test", "fullchain"));
        Assert.Equal((5, 0), (served.PathLengthTo(wanted), served.PathLengthTo(usual)));
        Assert.Equal((true, false), (LeadsTo(stored, wanted), LeadsTo(stored, usual)));
    }

    private static bool LeadsTo(X509Certificate2Collection certificates, X509Certificate2 root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificates[0]) && chain.ChainElements.Count == certificates.Count + 1;
    }
}
