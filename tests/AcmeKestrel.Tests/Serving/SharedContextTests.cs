using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving.OpenSsl;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Certificates that share OpenSSL's context: everybody gets the right one, and everybody who comes again resumes, however many there are.</summary>
public sealed class SharedContextTests
{
    private static readonly TestCa Ca = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SslProtocols.None)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12 | SslProtocols.Tls13)]
    public async Task The_platform_is_one_where_they_can_and_a_second_trial_says_so_as_well(SslProtocols versions)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no shared contexts.");
        var kind = new EndpointKind(versions, HasAlpn: false);

        var (first, fault) = await SharedContextTrial.MakeAsync(kind, SharedContexts.Current);
        var (second, again) = await SharedContextTrial.MakeAsync(kind, SharedContexts.Current);

        Assert.Equal((null, null), (fault, again));
        Assert.Same(first, second);
        first!.Dispose();
        second!.Dispose();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Everybody_who_comes_again_resumes_and_nothing_is_held_for_it(SslProtocols version)
    {
        await AreReadyAsync(version);
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = 1 }, shares: true, version);

        Assert.Equal(0, await visitors.GoRoundAsync());
        Assert.Equal(Visitors.Names, await visitors.GoRoundAsync());

        Assert.Equal(0, visitors.Hot.Count);
        Assert.Same(visitors.ContextOf(0), visitors.ContextOf(Visitors.Names - 1));
    }

    [Fact]
    public async Task With_no_hot_names_nobody_shares()
    {
        await AreReadyAsync(SslProtocols.None);
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = 0 }, shares: true);

        await visitors.VisitAsync(0);
        await visitors.VisitAsync(1);

        Assert.NotSame(visitors.ContextOf(0), visitors.ContextOf(1));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Whoever_was_shown_an_older_certificate_is_shown_the_new_one_and_resumes_then(SslProtocols version)
    {
        await AreReadyAsync(version);
        await using var visitors = await Visitors.AtAsync(new TestSettings(), shares: true, version);
        await visitors.VisitAsync(7);
        Assert.True(await visitors.VisitAsync(7));

        visitors.Edge.Table.Publish(Visitors.Ca.Issue(Visitors.Name(7)));

        Assert.False(await visitors.VisitAsync(7));
        Assert.True(await visitors.VisitAsync(7));
    }

    [Fact]
    public async Task A_certificate_that_made_room_and_came_back_resumes_the_sessions_of_before()
    {
        await AreReadyAsync(SslProtocols.None);
        await using var visitors = await Visitors.AtAsync(new TestSettings(), shares: true);
        var generation = Visitors.Ca.Issue(Visitors.Name(3));
        visitors.Edge.Table.Publish(generation);
        await visitors.VisitAsync(3);
        visitors.Edge.Table.Withdraw(Visitors.Name(3));

        visitors.Edge.Table.Publish(generation);

        Assert.True(await visitors.VisitAsync(3));
    }

    [Fact]
    public async Task Everybody_gets_their_own_certificate_however_many_come_at_once_while_certificates_change()
    {
        const int Clients = 16, Rounds = 12;
        await AreReadyAsync(SslProtocols.None);
        var kinds = new[] { KeyFamily.P256, KeyFamily.P384, KeyFamily.Rsa };
        await using var edge = await TestEdge.StartAsync([.. Enumerable.Range(0, Clients).Select(number => Issue(number))]);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var options = TlsClient.Options(Name(number), "http/1.1");
                options.AllowTlsResume = true;
                options.EnabledSslProtocols = round % 3 == 0 ? SslProtocols.Tls12 : SslProtocols.None;
                var seen = await TlsClient.ConnectAsync(edge.Https, options, Ca);
                Assert.Equal((Name(number), true), (seen.Name, seen.IsTrusted));
                if (round % 4 == 3) edge.Table.Publish(Issue(number));
            }
        }));

        static string Name(int number) => $"many{number}.test";

        Generation Issue(int number) => Ca.Issue(Name(number), kinds[number % kinds.Length], DateTimeOffset.UtcNow.AddDays(60), Name(number));
    }

    /// <summary>By everything that .NET says of a certificate, as without sharing; only the key is nobody's.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public async Task The_server_names_the_certificate_that_it_showed_and_not_its_key(int hotNames, bool hasKey)
    {
        await AreReadyAsync(SslProtocols.None);
        var generation = Ca.Issue("shop.test");
        using var known = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<IAcmeSettings>(new TestSettings { HotNames = hotNames });
                builder.WebHost.UseUrls("https://127.0.0.1:0");
            },
            app => app.Run(context => context.Response.WriteAsync(Shown(context.Features.Get<ISslStreamFeature>()!.SslStream))),
            generation);
        using var client = edge.Client("shop.test", new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => ((X509Certificate2)certificate!).MatchesHostname("shop.test") });

        Assert.Equal($"{Described(known)} {hasKey}", await client.GetStringAsync("/", Cancel));

        static string Shown(SslStream connection) => $"{Described((X509Certificate2)connection.LocalCertificate!)} {((X509Certificate2)connection.LocalCertificate!).HasPrivateKey}";

        static string Described(X509Certificate2 certificate)
        {
            using var key = certificate.GetECDsaPublicKey()!;
            var isOpen = false;
            try
            {
                key.ExportParameters(includePrivateParameters: true);
                isOpen = true;
            }
            catch (CryptographicException)
            {
            }

            return $"{certificate.Thumbprint} {certificate.GetCertHashString()} {certificate.GetCertHashString(HashAlgorithmName.SHA256)} {certificate.GetHashCode()} {certificate.ToString(true).Length > 0} {certificate.SerialNumber} {isOpen}";
        }
    }

    /// <summary>TLS 1.2 renegotiates for it, by another hello.</summary>
    [Fact]
    public async Task A_client_certificate_that_is_asked_for_later_comes_with_another_hello_of_the_same_connection()
    {
        await AreReadyAsync(SslProtocols.Tls12);
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
            {
                https.SslProtocols = SslProtocols.Tls12;
                https.ClientCertificateMode = ClientCertificateMode.DelayCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            })),
            app => app.Run(async context => await context.Response.WriteAsync((await context.Connection.GetClientCertificateAsync(Cancel))?.GetNameInfo(X509NameType.DnsName, false) ?? "nobody")),
            Ca.Issue("shop.test"));
        using var client = edge.Client("shop.test", new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12,
            AllowRenegotiation = true,
            ClientCertificates = [Ca.UsersOwn("client.test")],
            LocalCertificateSelectionCallback = (_, _, certificates, _, _) => certificates[0],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => ((X509Certificate2)certificate!).MatchesHostname("shop.test"),
        });

        Assert.Equal("client.test", await client.GetStringAsync("/", Cancel));
    }

    [Fact]
    public async Task Whoever_is_not_expected_is_shown_no_certificate_at_all()
    {
        await AreReadyAsync(SslProtocols.None);
        using var leaf = Open(Ca.Issue("shop.test"));
        var (client, server) = MemoryStreams.Pair();
        await using var asking = new SslStream(client);
        await using var answering = new SslStream(server);

        var isShown = false;
        var options = TlsClient.Options("shop.test", "http/1.1");
        options.RemoteCertificateValidationCallback = (_, _, _, _) => isShown = true;

        var refused = asking.AuthenticateAsClientAsync(options, Cancel);
        await Assert.ThrowsAsync<AuthenticationException>(() => answering.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificateContext = leaf.Show(SharedContexts.Current).Context, ApplicationProtocols = [SslApplicationProtocol.Http11] }, Cancel));
        await answering.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => refused);
        Assert.False(isShown);
    }

    private static OpenSslLeaf Open(Generation generation) =>
        OpenSslLeaf.TryOpen(generation.Chain.Leaf.Span, generation.PrivateKeyPkcs8, [X509CertificateLoader.LoadCertificate(generation.Chain.Intermediates[0].Span)])!;

    /// <summary>Nothing to wait for where there are none.</summary>
    internal static async Task AreReadyAsync(SslProtocols versions)
    {
        var handshake = new SslServerAuthenticationOptions { EnabledSslProtocols = versions, ApplicationProtocols = [SslApplicationProtocol.Http11] };
        if (OperatingSystem.IsLinux()) await Eventually.TrueAsync(() => SharedContexts.Current.Serve(handshake));
    }
}
