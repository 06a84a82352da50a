using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>The wiring of HTTP/3 endpoints, on a transport that only shows what it was given: no QUIC library is needed.</summary>
public sealed class Http3WiringTests
{
    private static readonly TestCa Ca = new();

    private readonly FakeQuic _quic = new();

    [Fact]
    public async Task Ours_get_ours_with_the_chain_and_others_the_fallback()
    {
        await using var edge = await StartAsync();

        var ours = await _quic.HandshakeAsync("shop.test");
        var others = await _quic.HandshakeAsync("other.test");

        Assert.Equal([SslApplicationProtocol.Http3], ours.ApplicationProtocols);
        Assert.True(ours.ServerCertificateContext!.TargetCertificate.MatchesHostname("shop.test"));
        Assert.Single(ours.ServerCertificateContext.IntermediateCertificates);
        Assert.Equal(edge.Fallback.Certificate, others.ServerCertificateContext!.TargetCertificate);
        Assert.Same(ours.ServerCertificateContext, (await _quic.HandshakeAsync("shop.test")).ServerCertificateContext);
    }

    [Fact]
    public async Task Its_handshakes_are_counted_as_those_of_tcp_are()
    {
        await using var edge = await StartAsync();
        using var heard = new HeardMetrics(edge.App.Services.GetRequiredService<IMeterFactory>());

        await _quic.HandshakeAsync("shop.test");
        await _quic.HandshakeAsync("shop.test");
        await _quic.HandshakeAsync("other.test");

        Assert.Equal(new Dictionary<string, double> { ["acme.outcome=hit"] = 1, ["acme.outcome=cold"] = 1, ["acme.outcome=fallback"] = 1 }, heard.Sums("acme.tls.handshakes"));
    }

    [Fact]
    public async Task The_same_port_serves_tcp_with_ours_too()
    {
        await using var edge = await StartAsync();
        edge.Answers.Publish(Probes.Pending("shop.test"));

        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
        Assert.Equal("acme-tls/1", (await TlsClient.ProbeAsync(edge.Https, "shop.test")).Alpn);
    }

    [Fact]
    public async Task The_users_demands_on_clients_and_protocols_are_carried_over()
    {
        await using var edge = await StartAsync(https =>
        {
            https.SslProtocols = SslProtocols.Tls13;
            https.CheckCertificateRevocation = true;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificate.MatchesHostname("client.test");
        });

        var handshake = await _quic.HandshakeAsync("shop.test");
        bool Accepts(X509Certificate? certificate) => handshake.RemoteCertificateValidationCallback!(this, certificate, null, SslPolicyErrors.RemoteCertificateChainErrors);

        Assert.True(handshake.ClientCertificateRequired);
        Assert.Equal((SslProtocols.Tls13, X509RevocationMode.Online), (handshake.EnabledSslProtocols, handshake.CertificateRevocationCheckMode));
        Assert.False(Accepts(null));
        Assert.False(Accepts(Ca.UsersOwn("stranger.test")));
        Assert.True(Accepts(Ca.UsersOwn("client.test")));
    }

    [Fact]
    public async Task Without_a_validation_of_the_users_only_a_valid_client_certificate_is_accepted()
    {
        await using var edge = await StartAsync(https => https.ClientCertificateMode = ClientCertificateMode.AllowCertificate);

        var validation = (await _quic.HandshakeAsync("shop.test")).RemoteCertificateValidationCallback!;

        Assert.True(validation(this, null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
        Assert.False(validation(this, Ca.UsersOwn("client.test"), null, SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.True(validation(this, Ca.UsersOwn("client.test"), null, SslPolicyErrors.None));
    }

    [Fact]
    public async Task The_users_certificate_or_selector_keeps_serving_other_names()
    {
        await using (await StartAsync(https => https.ServerCertificate = Ca.UsersOwn("users-own.test")))
        {
            Assert.True((await _quic.HandshakeAsync("other.test")).ServerCertificateContext!.TargetCertificate.MatchesHostname("users-own.test"));
        }

        await using (await StartAsync(https => https.ServerCertificateSelector = (_, name) => Ca.UsersOwn(name!)))
        {
            Assert.True(((X509Certificate2)(await _quic.HandshakeAsync("selected.test")).ServerCertificate!).MatchesHostname("selected.test"));
        }
    }

    [Fact]
    public async Task Unknown_names_are_refused_where_the_settings_say_so()
    {
        await using var edge = await StartAsync(_ => { }, "Reject");

        await Assert.ThrowsAsync<AuthenticationException>(() => _quic.HandshakeAsync("other.test"));
        Assert.NotNull((await _quic.HandshakeAsync("shop.test")).ServerCertificateContext);
    }

    [Fact]
    public async Task A_client_that_sends_no_name_gets_the_default_names_certificate()
    {
        await using var edge = await StartAsync(_ => { }, defaultName: "shop.test");

        Assert.True((await _quic.HandshakeAsync("")).ServerCertificateContext!.TargetCertificate.MatchesHostname("shop.test"));
    }

    [Fact]
    public async Task A_client_that_sends_no_name_gets_the_only_address_certificate()
    {
        await using var edge = await StartAsync();
        edge.Table.Publish(Ca.Issue("192.0.2.7"));

        Assert.True((await _quic.HandshakeAsync("")).ServerCertificateContext!.TargetCertificate.MatchesHostname("192.0.2.7"));
    }

    [Fact]
    public async Task A_key_that_every_client_can_verify_comes_before_a_larger_one()
    {
        await using var edge = await StartAsync();
        edge.Table.Publish(Ca.Issue("p384", KeyFamily.P384, DateTimeOffset.UtcNow.AddDays(80), "shop.test"));

        Assert.Equal(256, (await _quic.HandshakeAsync("shop.test")).ServerCertificateContext!.TargetCertificate.GetECDsaPublicKey()!.KeySize);
    }

    [Theory]
    [InlineData("shop.test", "shop.test")]
    [InlineData("own.test", "users-own.test")]
    public async Task The_names_of_an_Sni_section_get_ours_where_it_gives_none(string visited, string served)
    {
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<IMultiplexedConnectionListenerFactory>(_quic);
                builder.Configuration["Kestrel:Endpoints:H:Url"] = $"https://127.0.0.1:{Ports.Free()}";
                builder.Configuration["Kestrel:Endpoints:H:Protocols"] = "Http1AndHttp2AndHttp3";
                builder.Configuration["Kestrel:Endpoints:H:Sni:*:ClientCertificateMode"] = "NoCertificate";
                builder.Configuration["Kestrel:Endpoints:H:Sni:own.test:Certificate:Path"] = SniSectionTests.UsersPkcs12();
            },
            null,
            Ca.Issue("shop.test"),
            Ca.Issue("own.test"));

        Assert.True((await _quic.HandshakeAsync(visited)).ServerCertificateContext!.TargetCertificate.MatchesHostname(served));
        Assert.Equal(served, (await TlsClient.VisitAsync(edge.Https, visited)).Name);
    }

    /// <summary>Of an endpoint on localhost Kestrel binds two copies.</summary>
    [Fact]
    public async Task Both_families_of_localhost_get_ours()
    {
        await using var edge = await StartAsync(kestrel => kestrel.ListenLocalhost(Ports.Free(), endpoint => Serve(endpoint)));

        Assert.InRange(_quic.Bound.Count, 1, 2);
        Assert.Contains(_quic.Bound, endpoint => ((IPEndPoint)endpoint).Address.Equals(IPAddress.Loopback));
        foreach (var endpoint in _quic.Bound) Assert.True((await _quic.HandshakeAsync("shop.test", endpoint)).ServerCertificateContext!.TargetCertificate.MatchesHostname("shop.test"));
        Assert.Equal("shop.test", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
    }

    /// <summary>As <c>ASPNETCORE_URLS</c> says it: nobody hears of the endpoint before the copy for IPv4 is made.</summary>
    [Fact]
    public async Task An_address_on_localhost_is_bound_for_both_families_and_serves_ours()
    {
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<IMultiplexedConnectionListenerFactory>(_quic);
                builder.WebHost.UseUrls($"https://localhost:{Ports.Free()}").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3));
            },
            null,
            Ca.Issue("shop.test"));

        Assert.Contains(_quic.Bound, endpoint => ((IPEndPoint)endpoint).Address.Equals(IPAddress.Loopback));
        Assert.Equal("shop.test", (await TlsClient.VisitAsync(new IPEndPoint(IPAddress.Loopback, edge.Https.Port), "shop.test")).Name);
        Assert.Equal("shop.test", (await TlsClient.VisitAsync(new IPEndPoint(IPAddress.Loopback, edge.Https.Port), "shop.test")).Name);
    }

    /// <summary>Kestrel lets visitors in by TCP before it binds the QUIC of the same copy.</summary>
    [Fact]
    public async Task A_visitor_who_comes_while_localhost_is_bound_costs_no_family_its_quic()
    {
        var (port, isFirst) = (Ports.Free(), true);
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<IMultiplexedConnectionListenerFactory>(_quic);
                builder.WebHost.UseUrls($"https://localhost:{port}").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
                {
                    endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3;
                    ((IMultiplexedConnectionBuilder)endpoint).Use(next =>
                    {
                        // Between the two.
                        if (isFirst) Task.Run(VisitAsync).Wait(TestContext.Current.CancellationToken);
                        isFirst = false;
                        return next;
                    });
                }));
            },
            null,
            Ca.Issue("shop.test"));

        Assert.False(isFirst);
        Assert.Contains(_quic.Bound, endpoint => ((IPEndPoint)endpoint).Address.Equals(IPAddress.Loopback));
        Assert.Equal("shop.test", (await VisitAsync()).Name);

        Task<Seen> VisitAsync() => TlsClient.VisitAsync(new IPEndPoint(IPAddress.Loopback, port), "shop.test");
    }

    [Fact]
    public async Task Two_endpoints_may_share_one_options_object()
    {
        var shared = new HttpsConnectionAdapterOptions { ServerCertificate = Ca.UsersOwn("users-own.test") };
        await using var edge = await StartAsync(kestrel =>
        {
            for (var i = 0; i < 2; i++) kestrel.Listen(IPAddress.Loopback, Ports.Free(), endpoint => Serve(endpoint, shared));
        });

        foreach (var endpoint in _quic.Bound) Assert.True((await _quic.HandshakeAsync("shop.test", endpoint)).ServerCertificateContext!.TargetCertificate.MatchesHostname("shop.test"));
        Assert.Equal((2, "shop.test"), (_quic.Bound.Count, (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name));
    }

    [Fact]
    public async Task An_endpoint_that_is_wired_twice_is_not_said_to_choose_by_itself()
    {
        await using var edge = await StartAsync(kestrel => kestrel.Listen(IPAddress.Loopback, Ports.Free(), endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3;
            endpoint.UseAcmeHttps();
        }));

        Assert.NotNull(edge.Table.FindShown("shop.test"));
        Assert.Equal("shop.test", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
    }

    [Fact]
    public async Task A_callback_that_http3_cannot_run_is_refused_by_Kestrel_as_ever_and_not_dropped() =>
        await Assert.ThrowsAsync<NotSupportedException>(() => StartAsync(https => https.OnAuthenticate = (_, _) => { }));

    private Task<TestEdge> StartAsync(Action<HttpsConnectionAdapterOptions>? configure = null, string unknownHosts = "Fallback", string? defaultName = null) => TestEdge.StartAsync(
        builder =>
        {
            builder.Configuration["Acme:UnknownHosts"] = unknownHosts;
            builder.Configuration["Acme:DefaultName"] = defaultName;
            builder.Services.AddSingleton<IMultiplexedConnectionListenerFactory>(_quic);

            // Kestrel shares a port between TCP and QUIC only when it was given one.
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Ports.Free(), endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3;
                endpoint.UseHttps(https => configure?.Invoke(https));
            }));
        },
        null,
        Ca.Issue("shop.test"));

    private Task<TestEdge> StartAsync(Action<KestrelServerOptions> configure) => TestEdge.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<IMultiplexedConnectionListenerFactory>(_quic);
            builder.WebHost.ConfigureKestrel(configure);
        },
        null,
        Ca.Issue("shop.test"));

    private static void Serve(ListenOptions endpoint, HttpsConnectionAdapterOptions? https = null)
    {
        endpoint.Protocols = HttpProtocols.Http1AndHttp2AndHttp3;
        endpoint.UseHttps(https ?? new HttpsConnectionAdapterOptions { ServerCertificate = Ca.UsersOwn("users-own.test") });
    }

    private sealed class FakeQuic : IMultiplexedConnectionListenerFactory
    {
        private readonly Dictionary<EndPoint, TlsConnectionCallbackOptions> _tls = [];

        private EndPoint? _last;

        public IReadOnlyCollection<EndPoint> Bound => _tls.Keys;

        public ValueTask<IMultiplexedConnectionListener> BindAsync(EndPoint endpoint, IFeatureCollection? features = null, CancellationToken cancellationToken = default)
        {
            _last = endpoint;
            _tls[endpoint] = features!.Get<TlsConnectionCallbackOptions>()!;
            return new(new Listener(endpoint));
        }

        public async Task<SslServerAuthenticationOptions> HandshakeAsync(string serverName, EndPoint? endpoint = null)
        {
            var tls = _tls[endpoint ?? _last!];
            var context = new TlsConnectionCallbackContext
            {
                ClientHelloInfo = new SslClientHelloInfo(serverName, SslProtocols.Tls13),
                State = tls.OnConnectionState,
                Connection = new DefaultConnectionContext { LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 443) },
            };
            return await tls.OnConnection(context, TestContext.Current.CancellationToken);
        }

        private sealed class Listener(EndPoint endpoint) : IMultiplexedConnectionListener
        {
            private readonly TaskCompletionSource<MultiplexedConnectionContext?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public EndPoint EndPoint => endpoint;

            public ValueTask<MultiplexedConnectionContext?> AcceptAsync(IFeatureCollection? features = null, CancellationToken cancellationToken = default) => new(_end.Task);

            public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
            {
                _end.TrySetResult(null);
                return default;
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
