using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>What certbot, lego and acmetool really left is served and renewed by SampleWeb, and the CA is asked for no other certificate. Dry runs and second imports are shown by <c>ImportVerbTests</c>, without processes.</summary>
public sealed class ImportTests
{
    private static readonly string[] Names = ["import.test", "www.import.test"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>RSA, which is not what is ordered by default: the next one is RSA, too.</summary>
    [Fact]
    public async Task Certbots_certificate_and_account_are_taken_over()
    {
        var certbot = RealThing.Require("certbot", "certbot");
        await using var ca = await LocalCaApp.StartAsync();
        var folder = Path.Combine(ca.Folder, "conf");
        await RunAsync(
            ca,
            certbot,
            [
                "certonly", "--non-interactive", "--standalone", "--agree-tos", "--no-eff-email", "-m", "ops@import.test", "--http-01-address", "127.0.0.1", "--http-01-port", $"{ca.HttpPort}",
                "--key-type", "rsa", "-d", Names[0], "-d", Names[1], "--server", ca.DirectoryUrl, "--config-dir", folder, "--work-dir", Path.Combine(ca.Folder, "work"), "--logs-dir", Path.Combine(ca.Folder, "logs"),
            ],
            ("REQUESTS_CA_BUNDLE", ca.RootPath));

        await AssertServedAsync(ca, "certbot", folder, Path.Combine(folder, "live", Names[0], "fullchain.pem"));
    }

    [Fact]
    public async Task Legos_certificate_and_account_are_taken_over()
    {
        var lego = RealThing.Require("lego", "lego");
        await using var ca = await LocalCaApp.StartAsync();
        var folder = Path.Combine(ca.Folder, "lego");
        await RunAsync(
            ca,
            lego,
            ["--server", ca.DirectoryUrl, "--accept-tos", "--email", "ops@import.test", "--path", folder, "--domains", Names[0], "--domains", Names[1], "--http", "--http.port", $"127.0.0.1:{ca.HttpPort}", "run"],
            ("LEGO_CA_CERTIFICATES", ca.RootPath));

        await AssertServedAsync(ca, "lego", folder, Path.Combine(folder, "certificates", $"{Names[0]}.crt"));
    }

    [Fact]
    public async Task Acmetools_certificate_and_account_are_taken_over()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await AcmetoolTests.PrepareAsync(ca);
        await AcmetoolTests.RunAsync(ca, ["want", .. Names]);

        var folder = Path.Combine(ca.Folder, "acmetool");
        await AssertServedAsync(ca, "acmetool", folder, Path.Combine(folder, "live", Names[0], "fullchain"));
    }

    private static async Task AssertServedAsync(LocalCaApp ca, string client, string folder, string chain)
    {
        using var leaf = await ca.VerifiedAsync(chain, Names);
        var orders = Orders(ca);
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca);

        var imported = await CommandTests.AcmeAsync(edge, "import", client, "--from", folder);
        Assert.True(imported.Exit == 0, imported.Output + imported.Error);

        var server = edge.Start();
        var served = await edge.ServedAsync(Names[1], Stop);
        Assert.Equal(leaf.SerialNumber, served.Certificate.SerialNumber);
        Assert.Equal(orders, Orders(ca));

        // The next one is ordered by the account that was taken over, with the names and the key type of this one.
        var accounts = Accounts(edge);
        Assert.NotEmpty(accounts);
        var renewed = await CommandTests.AcmeAsync(edge, "renew", Names[0], "--force");
        Assert.True(renewed.Exit == 0, renewed.Output + renewed.Error);
        Assert.Equal(accounts, Accounts(edge));
        served = await edge.ServedAsync(Names[0], Stop);
        Assert.NotEqual(leaf.SerialNumber, served.Certificate.SerialNumber);
        Assert.Equal(leaf.PublicKey.Oid.Value, served.Certificate.PublicKey.Oid.Value);
        Assert.Equal(orders + 1, Orders(ca));
        Assert.Equal(0, await server.StopAsync(Stop));
    }

    private static int Orders(LocalCaApp ca) => ca.Requests.Count(resource => resource == "new-order");

    private static List<string> Accounts(SampleEdge edge) => [.. Directory.GetFiles(edge.InState("accounts"), "privkey", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static async Task RunAsync(LocalCaApp ca, string program, string[] arguments, (string Name, string Value) environment)
    {
        var (code, output) = await ca.RunAsync(program, arguments, environment);
        Assert.True(code == 0, output);
    }
}
