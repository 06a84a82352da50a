using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Serving;

/// <summary>A client whose key share is of a group that the server does not take says its hello twice (HelloRetryRequest, RFC 8446 section 4.1.4).</summary>
public sealed class SecondHelloTests
{
    private const string OneGroup = """
        openssl_conf = init
        [init]
        ssl_conf = tls
        [tls]
        system_default = all
        [all]
        Groups = P-384
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_shown_its_certificate_and_resumes_with_two_hellos_as_with_one()
    {
        RealThing.Require("openssl", "openssl");
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test", "other.test");
        var configuration = Path.Combine(edge.ContentRoot, "openssl.cnf");
        await File.WriteAllTextAsync(configuration, OneGroup, Stop);
        edge.Settings["OPENSSL_CONF"] = configuration;
        edge.Start();
        foreach (var name in (string[])["shop.test", "other.test"]) await edge.ServedAsync(name, Stop);
        var session = Path.Combine(edge.ContentRoot, "session");

        // The context that all share is made beside the first connections: once there is one, a session of this name goes on with it.
        await Patience.UntilAsync(
            async _ => await VisitAsync("shop.test", "-sess_out", session) is { Length: > 0 } && (await VisitAsync("shop.test", "-sess_in", session)).Contains("Reused, TLSv1.3", StringComparison.Ordinal) ? "" : null,
            () => "No session goes on.",
            Stop);
        var other = await VisitAsync("other.test", "-sess_in", session);

        Assert.Contains("New, TLSv1.3", other, StringComparison.Ordinal);

        async Task<string> VisitAsync(string name, params string[] more)
        {
            var client = $"printf 'GET / HTTP/1.0\\r\\nHost: {name}\\r\\n\\r\\n' | openssl s_client -connect 127.0.0.1:{edge.HttpsPort} -servername {name} -verify_hostname {name} -verify_return_error -CAfile {ca.RootPath} -tls1_3 -groups X25519:P-384 -msg -ign_eof {string.Join(' ', more)}";
            var (_, said) = await ca.RunAsync("sh", ["-c", client]);
            Assert.True(said.Split(", ClientHello").Length - 1 == 2, said);
            Assert.Contains("Verification: OK", said, StringComparison.Ordinal);
            return said;
        }
    }
}
