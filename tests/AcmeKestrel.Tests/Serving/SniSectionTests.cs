using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Endpoints whose settings differ by name: <c>Kestrel:Endpoints:*:Sni</c> (promise 2).</summary>
public sealed class SniSectionTests
{
    private const string Fallback = "fallback.invalid";

    private static readonly TestCa Ca = new();

    [Fact]
    public async Task Names_whose_section_has_no_certificate_get_ours_with_the_sections_settings_in_force()
    {
        await using var edge = await StartAsync(("Sni:*:Protocols", "Http1AndHttp2"), ("Sni:old.test:Protocols", "Http1"), ("Sni:old.test:SslProtocols:0", "Tls12"));

        var shop = await TlsClient.VisitAsync(edge.Https, "shop.test", Ca);
        var old = await TlsClient.VisitAsync(edge.Https, "old.test", Ca);
        var tls13 = TlsClient.Options("old.test", "http/1.1");
        tls13.EnabledSslProtocols = SslProtocols.Tls13;

        Assert.Equal(("shop.test", 1, true, "h2"), (shop.Name, shop.Intermediates, shop.IsTrusted, shop.Alpn));
        Assert.Equal(("old.test", true, "http/1.1"), (old.Name, old.IsTrusted, old.Alpn));
        await Assert.ThrowsAsync<AuthenticationException>(() => TlsClient.ConnectAsync(edge.Https, tls13));
        Assert.Equal(Fallback, (await TlsClient.VisitAsync(edge.Https, "other.test")).Name);
    }

    [Fact]
    public async Task A_sections_demand_for_client_certificates_stays()
    {
        await using var edge = await StartAsync(("Sni:*:Protocols", "Http1"), ("Sni:shop.test:ClientCertificateMode", "RequireCertificate"));

        Assert.Null(await GetAsync(edge, "shop.test"));
        Assert.Equal("app at /", await GetAsync(edge, "old.test"));
        Assert.True((await TlsClient.VisitAsync(edge.Https, "old.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task A_handshake_callback_of_the_users_is_named_with_its_endpoint()
    {
        var log = new ToldLog();
        using var users = Ca.UsersOwn("users-own.test");
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton<ILoggerFactory>(_ => LoggerFactory.Create(logging => logging.AddProvider(log)));
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificate = users }),
            })));
        });

        await log.ToldAsync("https://127.0.0.1:0 chooses its certificates by itself").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Contains("https://127.0.0.1:0", edge.Table.Unreachable, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sni:shop.test:Certificate:Path", "shop.test", true)]
    [InlineData("Sni:shop.test:Certificate:Path", "old.test", false)]
    [InlineData("Sni:*.test:Certificate:Path", "shop.test", true)]
    [InlineData("Sni:*:Certificate:Path", "shop.test", true)]
    [InlineData("Certificate:Path", "shop.test", false)]
    public async Task The_users_own_certificate_wins_where_the_section_gives_it(string key, string visited, bool getsUsers)
    {
        await using var edge = await StartAsync((key, UsersPkcs12()), ("Sni:*:Protocols", "Http1"), ("Sni:old.test:Protocols", "Http1"));

        Assert.Equal(getsUsers ? "users-own.test" : visited, (await TlsClient.VisitAsync(edge.Https, visited)).Name);
    }

    [Fact]
    public async Task Probes_are_answered_there_too()
    {
        await using var edge = await StartAsync(("Sni:*:Protocols", "Http1"));
        edge.Answers.Publish(Probes.Pending("new.test"));

        Assert.Equal("acme-tls/1", (await TlsClient.ProbeAsync(edge.Https, "new.test")).Alpn);
        Assert.Null(edge.Table.Unreachable);
    }

    [Fact]
    public async Task Names_without_a_certificate_are_refused_there_where_the_settings_say_so()
    {
        await using var edge = await StartAsync(("Sni:*:Protocols", "Http1"), ("/Acme:UnknownHosts", "Reject"));

        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.VisitAsync(edge.Https, "other.test"));
        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
    }

    private static Task<TestEdge> StartAsync(params (string Key, string Value)[] settings) => TestEdge.StartAsync(
        builder =>
        {
            builder.Configuration["Kestrel:Endpoints:H:Url"] = "https://127.0.0.1:0";
            foreach (var (key, value) in settings) builder.Configuration[key.StartsWith('/') ? key[1..] : $"Kestrel:Endpoints:H:{key}"] = value;
        },
        null,
        Ca.Issue("shop.test"),
        Ca.Issue("old.test"));

    internal static string UsersPkcs12()
    {
        using var certificate = Ca.UsersOwn("users-own.test");
        return UsersFiles.Pkcs12(certificate);
    }

    private static async Task<string?> GetAsync(TestEdge edge, string host)
    {
        var tls = TlsClient.Options(host);
        tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { Ca.Root } };
        using var client = edge.Client(host, tls);
        try
        {
            return await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
