using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A real server on loopback with the rooms under test and nothing else of the library.</summary>
internal sealed class TestEdge : IAsyncDisposable
{
    private TestEdge(WebApplication app) => App = app;

    public WebApplication App { get; }

    public CertificateTable Table => App.Services.GetRequiredService<CertificateTable>();

    public LiveAnswers Answers => App.Services.GetRequiredService<LiveAnswers>();

    public FallbackCertificate Fallback => App.Services.GetRequiredService<FallbackCertificate>();

    public IPEndPoint Https => EndPoint("https");

    public IPEndPoint Http => EndPoint("http");

    /// <summary>An edge on one https port, with the server's defaults.</summary>
    public static Task<TestEdge> StartAsync(params Generation[] served) => StartAsync(builder => builder.WebHost.UseUrls("https://127.0.0.1:0"), null, served);

    public static async Task<TestEdge> StartAsync(Action<WebApplicationBuilder> configure, Action<WebApplication>? use = null, params Generation[] served)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        configure(builder);
        return await StartAsync(builder, use, served);
    }

    public static async Task<TestEdge> StartAsync(WebApplicationBuilder builder, Action<WebApplication>? use = null, params Generation[] served)
    {
        builder.Logging.ClearProviders();
        AddTo(builder.Services);
        var edge = new TestEdge(builder.Build());
        foreach (var generation in served) edge.Table.Publish(generation);
        if (use is null) edge.App.Run(context => context.Response.WriteAsync($"app at {context.Request.Path}"));
        else use(edge.App);
        await edge.App.StartAsync();
        return edge;
    }

    /// <summary>What <c>AddAcme()</c> does for these rooms.</summary>
    public static void AddTo(IServiceCollection services) => services.AddAcmeConfiguration().AddAcmeChallenges().AddAcmeServing();

    /// <summary>A client to which every https name is this edge.</summary>
    public HttpClient Client(string host, SslClientAuthenticationOptions tls, string version = "1.1")
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = tls,
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(Https, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://{host}"),
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        try
        {
            await App.StopAsync(atOnce.Token);
        }
        catch (OperationCanceledException)
        {
            // A service may say that it was given no time.
        }

        await App.DisposeAsync();
    }

    private IPEndPoint EndPoint(string scheme) =>
        App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(address => new Uri(address))
            .Where(address => address.Scheme == scheme)
            .Select(address => new IPEndPoint(IPAddress.Loopback, address.Port))
            .First();
}
