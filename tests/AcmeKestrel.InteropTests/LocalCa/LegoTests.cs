namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>lego, by both challenges as its own server.</summary>
public sealed class LegoTests
{
    private static readonly string[] Names = ["lego.test", "lego.localhost"];

    [Theory]
    [InlineData("http")]
    [InlineData("tls")]
    public async Task Lego_issues_renews_and_revokes(string challenge)
    {
        var lego = RealThing.Require("lego", "lego");
        await using var ca = await LocalCaApp.StartAsync();
        var chain = Path.Combine(ca.Folder, "certificates", $"{Names[0]}.crt");
        string[] prove = ["--domains", Names[1], $"--{challenge}", $"--{challenge}.port", $"127.0.0.1:{(challenge == "http" ? ca.HttpPort : ca.TlsPort)}"];

        await RunAsync([.. prove, "run"]);
        using var first = await ca.VerifiedAsync(chain, Names);

        await RunAsync([.. prove, "renew", "--days", "999", "--no-random-sleep"]);
        using var second = await ca.VerifiedAsync(chain, Names);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);

        // By the first name only: it takes each name for a certificate of its own here.
        await RunAsync(["revoke"]);
        Assert.True(ca.HasRevoked(second));
        Assert.False(ca.HasRevoked(first));

        async Task RunAsync(string[] arguments)
        {
            string[] common = ["--server", ca.DirectoryUrl, "--accept-tos", "--email", "ops@lego.test", "--path", ca.Folder, "--domains", Names[0]];
            var (code, output) = await ca.RunAsync(lego, [.. common, .. arguments], ("LEGO_CA_CERTIFICATES", ca.RootPath));
            Assert.True(code == 0, output);
        }
    }
}
