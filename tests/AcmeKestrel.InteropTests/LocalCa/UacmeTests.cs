using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>uacme, by http-01: the script that comes with it puts the answers into a folder that the test serves.</summary>
public sealed class UacmeTests
{
    private const string Hook = "/usr/share/uacme/uacme.sh";

    private static readonly string[] Names = ["uacme.test", "www.uacme.test"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>It trusts the machine's roots and has no setting for others (see the other test), so libcurl is told below it.</summary>
    [Fact]
    public async Task Uacme_issues_renews_and_revokes_by_either_key()
    {
        var uacme = RealThing.Require("uacme", "uacme");
        await using var ca = await LocalCaApp.StartAsync();
        await using var web = await ChallengeFolder.ServeAsync(Path.Combine(ca.Folder, "answers"), ca.HttpPort, Stop);
        var trust = Path.Combine(ca.Folder, "curl-trust.so");
        var compiled = await ca.RunAsync(
            RealThing.Require("clang", "clang"), ["-shared", "-fPIC", "-o", trust, Path.Combine(Checkout.Root, "tests", "AcmeKestrel.InteropTests", "LocalCa", "curl-trust.c")]);
        Assert.True(compiled.Code == 0, compiled.Output);
        var chain = Path.Combine(ca.Folder, Names[0], "cert.pem");

        await RunAsync("-y", "new", "ops@uacme.test");
        await RunAsync("-h", Hook, "issue", Names[0], Names[1]);
        using var first = await ca.VerifiedAsync(chain, Names);

        await RunAsync("-h", Hook, "-f", "issue", Names[0], Names[1]);
        using var second = await ca.VerifiedAsync(chain, Names);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);

        await RunAsync("revoke", chain);
        Assert.True(ca.HasRevoked(second));
        Assert.False(ca.HasRevoked(first));

        // It renewed with the same key, so the key in force is the older certificate's, too.
        await RunAsync("-r", "4", "revoke", Assert.Single(Directory.GetFiles(Path.Combine(ca.Folder, Names[0]), "cert-*.pem")), Path.Combine(ca.Folder, "private", Names[0], "key.pem"));
        Assert.True(ca.HasRevoked(first));

        async Task RunAsync(params string[] arguments)
        {
            var (code, output) = await ca.RunAsync(
                uacme, ["-v", "-a", ca.DirectoryUrl, "-c", ca.Folder, .. arguments], ("LD_PRELOAD", trust), ("CURL_CA_BUNDLE", ca.RootPath), ("UACME_CHALLENGE_PATH", web.Path));
            Assert.True(code == 0, output);
        }
    }

    /// <summary>The limit that a user meets: Debian's libcurl-gnutls reads /etc/ssl/certs, and none of the usual variables.</summary>
    [Fact]
    public async Task Uacme_alone_trusts_no_roots_but_the_machines()
    {
        var uacme = RealThing.Require("uacme", "uacme");
        await using var ca = await LocalCaApp.StartAsync();
        Dictionary<string, string> variables = new() { ["CURL_CA_BUNDLE"] = ca.RootPath, ["SSL_CERT_FILE"] = ca.RootPath, ["SSL_CERT_DIR"] = Path.GetDirectoryName(ca.RootPath)! };

        // It would try twice more, five seconds apart.
        await using var run = ChildProcess.Start(uacme, ["-v", "-y", "-a", ca.DirectoryUrl, "-c", ca.Folder, "new"], variables, ca.Folder);
        await run.LineAsync(line => line.Contains("SSL peer certificate or SSH remote key was not OK", StringComparison.Ordinal), Stop);
    }
}
