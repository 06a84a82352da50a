namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>
/// acmetool, by http-01 as its own web server. Beside the port it is given it always tries ports 80, 402 and 4402 and the folder /var/run/acme; that it may not use them is nothing to it.
/// Its test of itself is off, because it would look the names up in the DNS.
/// </summary>
public sealed class AcmetoolTests
{
    private static readonly string[] Names = ["acmetool.test", "www.acmetool.test"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acmetool_issues_and_issues_again_when_its_certificate_is_gone()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await PrepareAsync(ca);
        var chain = Path.Combine(ca.Folder, "acmetool", "live", Names[1], "fullchain");

        await RunAsync(ca, "want", Names[0], Names[1]);
        using var first = await ca.VerifiedAsync(chain, Names);

        // It renews in the last third of a certificate's life and cannot be forced to before; what it does not have it gets.
        Directory.Delete(Path.Combine(ca.Folder, "acmetool", "certs"), recursive: true);
        await RunAsync(ca, "reconcile");
        using var second = await ca.VerifiedAsync(chain, Names);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
    }

    /// <summary>The limit that a user meets: since acmetool speaks RFC 8555, what works off these notes is commented out (storageops/reconcile.go).</summary>
    [Fact]
    public async Task Acmetool_notes_a_revocation_and_never_asks_the_CA_for_it()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await PrepareAsync(ca);
        await RunAsync(ca, "want", Names[0], Names[1]);
        using var certificate = await ca.VerifiedAsync(Path.Combine(ca.Folder, "acmetool", "live", Names[0], "fullchain"), Names);
        var folder = Assert.Single(Directory.GetDirectories(Path.Combine(ca.Folder, "acmetool", "certs")));

        await RunAsync(ca, "revoke", Path.GetFileName(folder));
        await RunAsync(ca, "reconcile");

        Assert.True(File.Exists(Path.Combine(folder, "revoke")));
        Assert.False(File.Exists(Path.Combine(folder, "revoked")));
        Assert.False(ca.HasRevoked(certificate));
    }

    internal static async Task PrepareAsync(LocalCaApp ca)
    {
        var folder = Directory.CreateDirectory(Path.Combine(ca.Folder, "acmetool", "conf")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "target"),
            $"""
            request:
              provider: {ca.DirectoryUrl}
              key:
                type: ecdsa
              challenge:
                http-ports:
                  - 127.0.0.1:{ca.HttpPort}
                http-self-test: false
            """,
            Stop);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "responses"),
            $"""
            "acme-enter-email": ops@acmetool.test
            "acme-agreement:{new Uri(new Uri(ca.DirectoryUrl), "/terms")}": true
            """,
            Stop);
    }

    internal static async Task RunAsync(LocalCaApp ca, params string[] arguments)
    {
        var state = Path.Combine(ca.Folder, "acmetool");
        var (code, output) = await ca.RunAsync(
            RealThing.Require("acmetool", "acmetool"),
            ["--batch", "--xlog.severity=info", $"--state={state}", $"--hooks={Path.Combine(state, "hooks")}", $"--response-file={Path.Combine(state, "conf", "responses")}", .. arguments],
            ("SSL_CERT_FILE", ca.RootPath));
        Assert.True(code == 0, output);
    }
}
