using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>Whoever steals every key that this CA keeps signs nothing that a machine with its root believes, but TLS servers with local names.</summary>
public sealed class StolenKeyTests
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string EmailProtection = "1.3.6.1.5.5.7.3.4";

    [Theory]
    [InlineData("sslserver", ServerAuth, "dns:shop.test", true)]
    [InlineData("sslclient", ClientAuth, "dns:shop.test", false)]
    [InlineData("smimesign", EmailProtection, "mail:boss@example.com", false)]
    [InlineData("smimesign", EmailProtection + "," + ServerAuth, "mail:boss@shop.test", false)]
    [InlineData("any", CodeSigning, "mail:boss@example.com", false)]
    [InlineData("any", ServerAuth, "uri:https://example.com/", false)]
    public async Task Openssl_believes_TLS_servers_only(string purpose, string usages, string name, bool believed)
    {
        RealThing.Require("openssl", "openssl");
        await using var ca = await LocalCaApp.StartAsync();

        foreach (var chain in Sign(ca, usages, name))
        {
            var (code, output) = await ca.RunAsync("openssl", ["verify", "-purpose", purpose, "-no-CApath", "-no-CAstore", "-CAfile", ca.RootPath, "-untrusted", chain, chain]);

            Assert.True(believed == (code == 0), output);
        }
    }

    [Theory]
    [InlineData("V", ServerAuth, "dns:shop.test", true)]
    [InlineData("V", ServerAuth, "dns:example.com", false)]
    [InlineData("S", EmailProtection, "mail:boss@example.com", false)]
    [InlineData("J", CodeSigning, "dns:shop.test", false)]
    public async Task Nss_believes_TLS_servers_only(string usage, string usages, string name, bool believed)
    {
        RealThing.Require("certutil", "libnss3-tools");
        await using var ca = await LocalCaApp.StartAsync();

        foreach (var chain in Sign(ca, usages, name))
        {
            var database = $"sql:{Directory.CreateDirectory(chain + ".nss").FullName}";
            await RunAsync(ca, "-N", "--empty-password");
            await RunAsync(ca, "-A", "-n", "root", "-t", "C,C,C", "-i", ca.RootPath);
            await RunAsync(ca, "-A", "-n", "intermediate", "-t", ",,", "-i", Path.Combine(Path.GetDirectoryName(ca.RootPath)!, "intermediate.pem"));
            await RunAsync(ca, "-A", "-n", "leaf", "-t", ",,", "-i", chain);

            var (code, output) = await ca.RunAsync("certutil", ["-V", "-d", database, "-n", "leaf", "-u", usage]);

            Assert.True(believed == (code == 0), output);

            async Task RunAsync(LocalCaApp app, params string[] arguments)
            {
                var (exit, text) = await app.RunAsync("certutil", [arguments[0], "-d", database, .. arguments[1..]]);
                Assert.True(exit == 0, text);
            }
        }
    }

    /// <summary>A chain file for each key in the CA's folder.</summary>
    private static List<string> Sign(LocalCaApp ca, string usages, string name)
    {
        var folder = Path.GetDirectoryName(ca.RootPath)!;
        var chains = new List<string>();
        foreach (var key in Directory.EnumerateFiles(folder, "*.key"))
        {
            using var issuer = X509Certificate2.CreateFromPemFile(Path.ChangeExtension(key, ".pem"), key);
            using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=Contoso", own, HashAlgorithmName.SHA256);
            var uses = new OidCollection();
            foreach (var usage in usages.Split(',')) uses.Add(new Oid(usage));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
            var names = new SubjectAlternativeNameBuilder();
            var (type, value) = (name[..name.IndexOf(':', StringComparison.Ordinal)], name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            if (type == "dns") names.AddDnsName(value);
            else if (type == "mail") names.AddEmailAddress(value);
            else names.AddUri(new Uri(value));
            request.CertificateExtensions.Add(names.Build());

            using var leaf = request.Create(issuer, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
            var chain = Path.Combine(ca.Folder, $"{Path.GetFileNameWithoutExtension(key)}-chain.pem");
            File.WriteAllText(chain, $"{leaf.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n");
            chains.Add(chain);
        }

        Assert.NotEmpty(chains);
        return chains;
    }
}
