using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;
using AcmeKestrel.LocalCa.Validation;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class TlsAlpnProbeTests
{
    private const string KeyAuthorization = "token.thumbprint";

    [Theory]
    [InlineData("shop.test", "shop.test")]
    [InlineData("127.0.0.1", "1.0.0.127.in-addr.arpa")]
    public async Task The_right_certificate_is_proof_and_the_name_asked_for_is_the_identifiers(string identifier, string serverName)
    {
        using var certificate = ChallengeCertificate.Create([identifier], KeyAuthorization);
        var (problem, asked) = await ProbeAsync(identifier, certificate, ["acme-tls/1"]);

        Assert.Null(problem);
        Assert.Equal(serverName, asked);
    }

    [Fact]
    public void An_IPv6_identifier_asks_for_its_nibbles() => Assert.Equal(
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
        new Identifier(Identifier.Ip, "::1").ServerName());

    public static TheoryData<string, Func<X509Certificate2>> Almost => new()
    {
        { "another key authorization", () => ChallengeCertificate.Create(["shop.test"], "token.another") },
        { "another name", () => ChallengeCertificate.Create(["www.shop.test"], KeyAuthorization) },
        { "two names", () => ChallengeCertificate.Create(["shop.test", "www.shop.test"], KeyAuthorization) },
        { "an address beside the name", () => ChallengeCertificate.Create(["shop.test", "127.0.0.1"], KeyAuthorization) },
        { "an extension that is not critical", () => ChallengeCertificate.Create(["shop.test"], KeyAuthorization, critical: false) },
        { "the extension of the old draft", () => ChallengeCertificate.Create(["shop.test"], KeyAuthorization, oid: "1.3.6.1.5.5.7.1.30.1") },
        { "another key's signature", () => ChallengeCertificate.Create(["shop.test"], KeyAuthorization, selfSigned: false) },
    };

    [Theory]
    [MemberData(nameof(Almost))]
    public async Task A_certificate_that_is_almost_right_is_none(string what, Func<X509Certificate2> create)
    {
        using var certificate = create();
        var (problem, _) = await ProbeAsync("shop.test", certificate, ["acme-tls/1"]);

        Assert.True(problem?.Type == "unauthorized", $"{what}: {problem}");
    }

    [Fact]
    public async Task A_server_that_does_not_speak_acme_tls_is_refused()
    {
        using var certificate = ChallengeCertificate.Create(["shop.test"], KeyAuthorization);

        Assert.Equal("unauthorized", (await ProbeAsync("shop.test", certificate, null)).Problem?.Type);
        Assert.Equal("tls", (await ProbeAsync("shop.test", certificate, ["h2"])).Problem?.Type);
    }

    private static async Task<(ChallengeProblem? Problem, string? ServerName)> ProbeAsync(string identifier, X509Certificate2 certificate, string[]? protocols)
    {
        var stop = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = ServeAsync(listener, certificate, protocols, stop);

        var type = char.IsDigit(identifier[0]) ? "ip" : "dns";
        var validator = new LoopbackValidator(() => new ProbePorts(1, ((IPEndPoint)listener.LocalEndpoint).Port), TimeProvider.System) { Deadline = TimeSpan.FromSeconds(30) };
        var problem = await validator.ValidateAsync(new ChallengeProbe { Type = "tls-alpn-01", IdentifierType = type, Identifier = identifier, Token = "token", KeyAuthorization = KeyAuthorization }, stop);
        return (problem, await server);
    }

    private static async Task<string?> ServeAsync(TcpListener listener, X509Certificate2 certificate, string[]? protocols, CancellationToken stop)
    {
        using var client = await listener.AcceptTcpClientAsync(stop);
        using var tls = new SslStream(client.GetStream());
        string? asked = null;
        try
        {
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    asked = hello.ServerName;
                    return ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificate = certificate,
                        ApplicationProtocols = protocols?.Select(p => new SslApplicationProtocol(p)).ToList(),
                    });
                },
                null,
                stop);
        }
        catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The prober's view is what counts.
        }

        return asked;
    }
}
