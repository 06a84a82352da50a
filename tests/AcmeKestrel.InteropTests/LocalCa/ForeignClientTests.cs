namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>Clients that nobody here wrote get certificates from the embedded CA.</summary>
public sealed class ForeignClientTests
{
    [Fact]
    public async Task Certbot_gets_a_certificate_by_http_01()
    {
        var certbot = RealThing.Require("certbot", "certbot");
        await using var ca = await LocalCaApp.StartAsync();

        var run = await ca.RunAsync(
            certbot,
            [
                "certonly", "--standalone", "--non-interactive", "--agree-tos", "--no-eff-email", "-m", "ops@certbot.test", "--server", ca.DirectoryUrl,
                "--http-01-address", "127.0.0.1", "--http-01-port", $"{ca.HttpPort}", "-d", "certbot.test", "-d", "www.certbot.test",
                "--config-dir", Path.Combine(ca.Folder, "conf"), "--work-dir", Path.Combine(ca.Folder, "work"), "--logs-dir", Path.Combine(ca.Folder, "logs"),
            ],
            ("REQUESTS_CA_BUNDLE", ca.RootPath));
        Assert.True(run.Code == 0, run.Output);

        var verified = await ca.VerifyAsync(Path.Combine(ca.Folder, "conf", "live", "certbot.test", "fullchain.pem"), "www.certbot.test");
        Assert.True(verified.Code == 0, verified.Output);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("tls")]
    public async Task Lego_gets_a_certificate_by_either_challenge(string challenge)
    {
        var lego = RealThing.Require("lego", "lego");
        await using var ca = await LocalCaApp.StartAsync();

        var port = challenge == "http" ? ca.HttpPort : ca.TlsPort;
        var run = await ca.RunAsync(
            lego,
            [
                "--server", ca.DirectoryUrl, "--accept-tos", "--email", "ops@lego.test", "--path", ca.Folder, "--domains", "lego.test", "--domains", "lego.localhost",
                $"--{challenge}", $"--{challenge}.port", $"127.0.0.1:{port}", "run",
            ],
            ("LEGO_CA_CERTIFICATES", ca.RootPath));
        Assert.True(run.Code == 0, run.Output);

        var verified = await ca.VerifyAsync(Path.Combine(ca.Folder, "certificates", "lego.test.crt"), "lego.localhost");
        Assert.True(verified.Code == 0, verified.Output);
    }
}
