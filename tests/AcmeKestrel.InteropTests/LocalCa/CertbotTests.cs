namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>certbot, by http-01 as its own web server.</summary>
public sealed class CertbotTests
{
    private static readonly string[] Names = ["certbot.test", "www.certbot.test"];

    [Fact]
    public async Task Certbot_issues_renews_and_revokes_by_either_key()
    {
        var certbot = RealThing.Require("certbot", "certbot");
        await using var ca = await LocalCaApp.StartAsync();
        var live = Path.Combine(ca.Folder, "conf", "live", Names[0]);

        await RunAsync(
            "certonly", "--standalone", "--agree-tos", "--no-eff-email", "-m", "ops@certbot.test", "--http-01-address", "127.0.0.1", "--http-01-port", $"{ca.HttpPort}",
            "-d", Names[0], "-d", Names[1]);
        using var first = await ca.VerifiedAsync(Path.Combine(live, "fullchain.pem"), Names);

        await RunAsync("renew", "--force-renewal", "--no-random-sleep-on-renew");
        using var second = await ca.VerifiedAsync(Path.Combine(live, "fullchain.pem"), Names);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);

        await RunAsync("revoke", "--no-delete-after-revoke", "--cert-path", Path.Combine(ca.Folder, "conf", "archive", Names[0], "cert1.pem"));
        Assert.True(ca.HasRevoked(first));
        Assert.False(ca.HasRevoked(second));

        await RunAsync("revoke", "--no-delete-after-revoke", "--cert-name", Names[0], "--key-path", Path.Combine(live, "privkey.pem"), "--reason", "keycompromise");
        Assert.True(ca.HasRevoked(second));

        async Task RunAsync(params string[] arguments)
        {
            string[] common =
            [
                "--non-interactive", "--server", ca.DirectoryUrl, "--config-dir", Path.Combine(ca.Folder, "conf"), "--work-dir", Path.Combine(ca.Folder, "work"),
                "--logs-dir", Path.Combine(ca.Folder, "logs"),
            ];
            var (code, output) = await ca.RunAsync(certbot, [.. arguments, .. common], ("REQUESTS_CA_BUNDLE", ca.RootPath));
            Assert.True(code == 0, output);
        }
    }
}
