using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>Whoever steals this CA's keys still cannot fool a verifier about a name of the world.</summary>
public sealed class NameConstraintsTests
{
    [Theory]
    [InlineData("dns", "shop.test", true)]
    [InlineData("dns", "localhost", true)]
    [InlineData("dns", "a.b.localhost", true)]
    [InlineData("ip", "127.0.0.77", true)]
    [InlineData("ip", "::1", true)]
    [InlineData("dns", "example.com", false)]
    [InlineData("dns", "shop.test.example.com", false)]
    [InlineData("dns", "nottest", false)]
    [InlineData("ip", "192.0.2.1", false)]
    [InlineData("ip", "::2", false)]
    public async Task Openssl_believes_local_names_only(string type, string name, bool believed)
    {
        RealThing.Require("openssl", "openssl");
        await using var ca = await LocalCaApp.StartAsync();
        var folder = Path.GetDirectoryName(ca.RootPath)!;
        using var root = X509CertificateLoader.LoadCertificateFromFile(ca.RootPath);
        using var intermediate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "intermediate.pem"), Path.Combine(folder, "intermediate.key"));
        var hierarchy = new Hierarchy(root, intermediate);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new LeafIssuer(hierarchy).Issue(new PublicKey(key), [new Identifier(type, name)], DateTimeOffset.UtcNow, TimeSpan.FromDays(1));
        var chain = Path.Combine(ca.Folder, "chain.pem");
        await File.WriteAllTextAsync(chain, $"{leaf.ExportCertificatePem()}\n{hierarchy.Intermediate.ExportCertificatePem()}\n", TestContext.Current.CancellationToken);

        var (code, output) = await ca.RunAsync("openssl", ["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", ca.RootPath, "-untrusted", chain, chain]);
        Assert.True(believed == (code == 0), output);
        if (!believed) Assert.Contains("permitted subtree violation", output, StringComparison.Ordinal);
    }
}
