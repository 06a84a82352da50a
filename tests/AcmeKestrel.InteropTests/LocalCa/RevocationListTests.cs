using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>A client that nobody here wrote revokes, and a verifier that nobody here wrote believes the list.</summary>
public sealed class RevocationListTests
{
    [Fact]
    public async Task Openssl_refuses_what_certbot_revoked()
    {
        var certbot = RealThing.Require("certbot", "certbot");
        RealThing.Require("openssl", "openssl");
        await using var ca = await LocalCaApp.StartAsync();
        string[] home =
        [
            "--non-interactive", "--server", ca.DirectoryUrl,
            "--config-dir", Path.Combine(ca.Folder, "conf"), "--work-dir", Path.Combine(ca.Folder, "work"), "--logs-dir", Path.Combine(ca.Folder, "logs"),
        ];
        var issued = await ca.RunAsync(
            certbot,
            ["certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email", "--http-01-address", "127.0.0.1", "--http-01-port", $"{ca.HttpPort}", "-d", "certbot.test", .. home],
            ("REQUESTS_CA_BUNDLE", ca.RootPath));
        Assert.True(issued.Code == 0, issued.Output);
        var live = Path.Combine(ca.Folder, "conf", "live", "certbot.test");

        var before = await VerifyAsync(ca, live, await ListAsync(ca));
        Assert.True(before.Code == 0, before.Output);

        var revoked = await ca.RunAsync(
            certbot, ["revoke", "--cert-path", Path.Combine(live, "cert.pem"), "--reason", "superseded", "--no-delete-after-revoke", .. home], ("REQUESTS_CA_BUNDLE", ca.RootPath));
        Assert.True(revoked.Code == 0, revoked.Output);

        var list = await ListAsync(ca);
        var signature = await ca.RunAsync("openssl", ["crl", "-inform", "DER", "-in", list, "-verify", "-CAfile", Path.Combine(live, "chain.pem"), "-noout", "-text"]);
        Assert.Contains("verify OK", signature.Output, StringComparison.Ordinal);
        Assert.Contains("Version 2", signature.Output, StringComparison.Ordinal);
        Assert.Contains("Superseded", signature.Output, StringComparison.Ordinal);

        var after = await VerifyAsync(ca, live, list);
        Assert.NotEqual(0, after.Code);
        Assert.Contains("certificate revoked", after.Output, StringComparison.Ordinal);
    }

    /// <summary>The file that holds the list as served now.</summary>
    private static async Task<string> ListAsync(LocalCaApp ca)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(ca.RootPath);
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } });
        var file = Path.Combine(ca.Folder, "list.crl");
        await File.WriteAllBytesAsync(file, await http.GetByteArrayAsync(new Uri(new Uri(ca.DirectoryUrl), "/crl"), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        return file;
    }

    private static Task<(int Code, string Output)> VerifyAsync(LocalCaApp ca, string live, string list) => ca.RunAsync(
        "openssl",
        [
            "verify", "-x509_strict", "-crl_check", "-CRLfile", list, "-no-CApath", "-no-CAstore", "-CAfile", ca.RootPath,
            "-untrusted", Path.Combine(live, "chain.pem"), Path.Combine(live, "cert.pem"),
        ]);
}
