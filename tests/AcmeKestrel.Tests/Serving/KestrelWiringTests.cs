using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>AddAcme() alone serves certificates and answers probes, however and in whatever order Kestrel is configured (promise 2).</summary>
public sealed class KestrelWiringTests
{
    private const string Fallback = "fallback.invalid";
    private const string UsersOwn = "users-own.test";

    private static readonly TestCa Ca = new();

    /// <summary>A way to configure Kestrel, and whose certificate names that are not ours get then.</summary>
    private sealed record Scenario(Action<WebApplicationBuilder> Configure, string OthersGet = Fallback);

    private static readonly Dictionary<string, Scenario> Scenarios = new()
    {
        ["urls in code"] = new(builder => builder.WebHost.UseUrls("https://127.0.0.1:0")),
        ["urls in configuration"] = new(builder => builder.Configuration["urls"] = "https://127.0.0.1:0"),
        ["endpoint in configuration without a certificate"] = new(builder => Configure(builder, ("Endpoints:H:Url", "https://127.0.0.1:0"))),
        ["endpoint in configuration with a default certificate"] = new(
            builder => Configure(builder, ("Endpoints:H:Url", "https://127.0.0.1:0"), ("Certificates:Default:Path", UsersPkcs12())), UsersOwn),
        ["endpoint in configuration with a certificate"] = new(
            builder => Configure(builder, ("Endpoints:H:Url", "https://127.0.0.1:0"), ("Endpoints:H:Certificate:Path", UsersPkcs12())), UsersOwn),
        ["code after AddAcme"] = new(builder =>
        {
            TestEdge.AddTo(builder.Services);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps()));
        }),
        ["code before AddAcme"] = new(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps()))),
        ["the whole library, once and again"] = new(builder =>
        {
            builder.Configuration["Acme:Enabled"] = "false";
            builder.Configuration["Acme:StateDirectory"] = UsersFiles.NewFolder();
            builder.Services.AddAcme();
            builder.Services.AddAcme();
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        }),
        ["https defaults after AddAcme"] = new(builder =>
        {
            TestEdge.AddTo(builder.Services);
            builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.SslProtocols = SslProtocols.Tls12));
        }),
        ["https and endpoint defaults before AddAcme"] = new(builder => builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureHttpsDefaults(https => https.SslProtocols = SslProtocols.Tls12);
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        })),
        ["https defaults and endpoint in one lambda"] = new(builder => builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureHttpsDefaults(https => https.SslProtocols = SslProtocols.Tls12);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps());
        })),
        ["endpoint defaults and endpoint in one lambda"] = new(builder => builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps());
        })),
        ["https switched on by endpoint defaults"] = new(builder => builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(
            kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.UseHttps()))),
        ["the user's certificate"] = new(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(Ca.UsersOwn(UsersOwn)))), UsersOwn),
        ["the user's certificate in https defaults"] = new(
            builder => builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(
                kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = Ca.UsersOwn(UsersOwn))),
            UsersOwn),
        ["the user's selector"] = new(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(https => https.ServerCertificateSelector = (_, _) => Ca.UsersOwn(UsersOwn)))),
            UsersOwn),
        ["options object of the user's"] = new(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = Ca.UsersOwn(UsersOwn) }))),
            UsersOwn),
        ["HTTP/3 wanted, QUIC absent"] = new(builder => builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(
            kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3))),
        ["explicit wiring"] = new(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseAcmeHttps()))),
        ["a Kestrel of unknown shape, urls"] = new(builder =>
        {
            builder.Services.AddSingleton(new KestrelShape(IsKnown: false));
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        }),
        ["a Kestrel of unknown shape, explicit wiring"] = new(builder =>
        {
            builder.Services.AddSingleton(new KestrelShape(IsKnown: false));
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
                kestrel.ConfigureHttpsDefaults(https => https.SslProtocols = SslProtocols.Tls12);
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseAcmeHttps());
            });
        }),
    };

    public static TheoryData<string> ScenarioNames => [.. Scenarios.Keys];

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public async Task Ours_get_ours_with_the_chain_others_get_the_users_or_the_fallback_and_probes_are_answered(string scenario)
    {
        await using var edge = await TestEdge.StartAsync(Scenarios[scenario].Configure);

        await AssertServes(edge, Scenarios[scenario].OthersGet);
    }

    [Fact]
    public async Task Addresses_added_to_the_app_are_served()
    {
        await using var edge = await TestEdge.StartAsync(_ => { }, app =>
        {
            app.Urls.Add("https://127.0.0.1:0");
            app.Run(_ => Task.CompletedTask);
        });

        await AssertServes(edge, Fallback);
    }

    [Fact]
    public async Task A_slim_builder_with_https_is_served()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        await using var edge = await TestEdge.StartAsync(builder);

        await AssertServes(edge, Fallback);
    }

    [Fact]
    public async Task Both_addresses_of_localhost_are_served()
    {
        await using var edge = await TestEdge.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(Ports.Free(), endpoint => endpoint.UseHttps())));

        await AssertServes(edge, Fallback);
        Assert.Equal("shop.test", (await TlsClient.VisitAsync(new IPEndPoint(IPAddress.IPv6Loopback, edge.Https.Port), "shop.test")).Name);
    }

    [Fact]
    public async Task A_handshake_callback_of_the_users_decides_and_probes_are_answered_all_the_same()
    {
        using var users = Ca.UsersOwn(UsersOwn);
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificate = users }),
            }))),
            null,
            Ca.Issue("shop.test"));
        edge.Answers.Publish(Probes.Pending("shop.test"));

        Assert.Equal(UsersOwn, (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
        Assert.Equal("acme-tls/1", (await TlsClient.ProbeAsync(edge.Https, "shop.test")).Alpn);
    }

    [Fact]
    public async Task Behind_middleware_that_takes_bytes_off_the_front_explicit_wiring_serves_ours()
    {
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
            {
                endpoint.Use(next => async connection =>
                {
                    var read = await connection.Transport.Input.ReadAtLeastAsync(7);
                    connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(7));
                    await next(connection);
                });
                endpoint.UseAcmeHttps();
            })),
            null,
            Ca.Issue("shop.test"));
        using var socket = new TcpClient();
        await socket.ConnectAsync(edge.Https, TestContext.Current.CancellationToken);
        await socket.GetStream().WriteAsync("PROXY\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        var (seen, tls) = await TlsClient.AuthenticateAsync(socket.GetStream(), TlsClient.Options("shop.test"), Ca);

        Assert.True(seen.IsTrusted);
        await tls.DisposeAsync();
    }

    [Fact]
    public async Task A_port_that_a_configuration_reload_brings_is_served()
    {
        await using var edge = await TestEdge.StartAsync(builder => Configure(builder, ("Endpoints:H:Url", "https://127.0.0.1:0")));
        var port = Ports.Free();

        var configuration = (IConfigurationRoot)edge.App.Configuration;
        configuration["Kestrel:Endpoints:N:Url"] = $"https://127.0.0.1:{port}";
        configuration.Reload();
        await Eventually.TrueAsync(() => edge.App.Urls.Any(url => url.EndsWith($":{port}", StringComparison.Ordinal)));
        edge.Table.Publish(Ca.Issue("shop.test"));

        Assert.True((await TlsClient.VisitAsync(new IPEndPoint(IPAddress.Loopback, port), "shop.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task A_plain_http_endpoint_beside_it_stays_as_it_was()
    {
        await using var edge = await TestEdge.StartAsync(builder => Configure(builder, ("Endpoints:P:Url", "http://127.0.0.1:0"), ("Endpoints:H:Url", "https://127.0.0.1:0")));
        using var client = new HttpClient();

        Assert.Equal("app at /x", await client.GetStringAsync($"http://{edge.Http}/x", TestContext.Current.CancellationToken));
        await AssertServes(edge, Fallback);
    }

    [Fact]
    public async Task A_shared_options_object_is_wrapped_once()
    {
        var asked = 0;
        var shared = new HttpsConnectionAdapterOptions { ServerCertificate = Ca.UsersOwn(UsersOwn), OnAuthenticate = (_, _) => asked++ };
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(shared));
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(shared));
            }),
            null,
            Ca.Issue("shop.test"));

        Assert.Equal("shop.test", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task The_users_protocols_survive()
    {
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel =>
            {
                kestrel.ConfigureHttpsDefaults(https => https.SslProtocols = SslProtocols.Tls12);
                kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            }),
            null,
            Ca.Issue("shop.test"));
        var tls13 = TlsClient.Options("shop.test", "http/1.1");
        tls13.EnabledSslProtocols = SslProtocols.Tls13;

        Assert.Equal("http/1.1", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Alpn);
        await Assert.ThrowsAsync<AuthenticationException>(() => TlsClient.ConnectAsync(edge.Https, tls13));
    }

    [Fact]
    public void This_Kestrel_has_the_members_that_automatic_wiring_needs() => Assert.True(KestrelInternals.Probe());

    private static async Task AssertServes(TestEdge edge, string othersGet)
    {
        Assert.Equal(othersGet, (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);

        edge.Table.Publish(Ca.Issue("shop.test"));
        edge.Answers.Publish(Probes.Pending("shop.test"));
        var ours = await TlsClient.VisitAsync(edge.Https, "shop.test", Ca);
        var other = await TlsClient.VisitAsync(edge.Https, "other.test");
        var probe = await TlsClient.ProbeAsync(edge.Https, "shop.test");

        Assert.Equal(("shop.test", 1, true), (ours.Name, ours.Intermediates, ours.IsTrusted));
        Assert.NotEqual("acme-tls/1", ours.Alpn);
        Assert.Equal(othersGet, other.Name);
        Assert.Equal("acme-tls/1", probe.Alpn);
        Assert.Contains(probe.Leaf.Extensions, extension => extension.Oid!.Value == Probes.AcmeIdentifierOid);
    }

    private static void Configure(WebApplicationBuilder builder, params (string Key, string Value)[] settings) =>
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Kestrel:{setting.Key}", (string?)setting.Value)));

    private static string UsersPkcs12()
    {
        using var certificate = Ca.UsersOwn(UsersOwn);
        return UsersFiles.Pkcs12(certificate);
    }
}
