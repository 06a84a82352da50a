using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>One certificate, so one set of ticket keys, at an endpoint for everybody and at one that demands a client certificate.</summary>
public sealed class ResumedSessionTests
{
    private static readonly TestCa Ca = new();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_session_of_an_open_endpoint_does_not_get_around_another_ones_demand_for_a_client_certificate(SslProtocols version)
    {
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps());
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                }));
            }),
            null,
            Ca.Issue("shop.test"));
        var ports = edge.App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port).ToList();
        var options = TlsClient.Options("shop.test", "http/1.1");
        options.AllowTlsResume = true;
        options.EnabledSslProtocols = version;

        Assert.Equal("HTTP/1.1 200 OK", await GetAsync(ports[0], options));
        Assert.Equal("HTTP/1.1 200 OK", await GetAsync(ports[0], options));
        Assert.Null(await GetAsync(ports[1], options));
        Assert.Equal("HTTP/1.1 200 OK", await GetAsync(ports[0], options));
    }

    /// <summary>The status line, or null where the server has none for us.</summary>
    private static async Task<string?> GetAsync(int port, SslClientAuthenticationOptions options)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        try
        {
            var (_, tls) = await TlsClient.AuthenticateAsync(socket.GetStream(), options);
            await using (tls)
            {
                await tls.WriteAsync("GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                using var reader = new StreamReader(tls);
                return await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            }
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            return null;
        }
    }
}
