using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Tests;

/// <summary>The whole shop on real ports of this machine, with a CA of its own.</summary>
public sealed class ShopFactory : WebApplicationFactory<Program>
{
    private readonly string _state = Directory.CreateTempSubdirectory("shop-").FullName;

    public ShopFactory() => UseKestrel();

    /// <summary>Turns the CA's knobs.</summary>
    public Action<LocalCaServerOptions> Misbehave { get; init; } = _ => { };

    /// <summary>Trusts this shop's CA and nobody else, and finds every name at the shop's https port.</summary>
    public HttpClient NewClient()
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(Services.GetRequiredService<LocalCaServer>().Root);
        return new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, ClientOptions.BaseAddress.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Kestrel:Endpoints:Https:Url", "https://127.0.0.1:0");
        builder.UseSetting("LocalCa:Url", "https://127.0.0.1:0/directory");
        builder.UseSetting("Acme:Provider", "local");
        builder.UseSetting("Acme:AcceptTermsOfService", "true");
        builder.UseSetting("Acme:StateDirectory", _state);
        builder.UseSetting("Acme:Domains:0", "shop.test");
        builder.ConfigureTestServices(services =>
        {
            services.AddAcme().AddLocalCa();
            services.Configure(Misbehave);
        });
    }
}
