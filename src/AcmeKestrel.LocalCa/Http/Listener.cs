using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using AcmeKestrel.LocalCa.Issuing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>The CA's https door: a small host of its own, so that no setting of the app reaches it and none of its settings reach the app.</summary>
internal static class Listener
{
    /// <param name="reserved">A socket bound already, which keeps a port that was asked for as 0; null = bind now.</param>
    public static async Task<WebApplication> StartAsync(
        LocalCaServer server, Uri url, Socket? reserved, ListenerCertificate certificate, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = FrontDesk.LargestBody + 1;
            if (url.Host == "localhost" && reserved is null) kestrel.ListenLocalhost(url.Port, UseTls);
            else kestrel.Listen(url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.Host.Trim('[', ']')), url.Port, UseTls);
        });
        if (reserved is not null) builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = _ => reserved);

        var app = builder.Build();
        app.Run(context => ServeAsync(server, context));
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return app;
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        void UseTls(ListenOptions listen) => listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current() }),
        });
    }

    private static async Task ServeAsync(LocalCaServer server, HttpContext context)
    {
        var request = context.Request;
        byte[] body;
        try
        {
            using var buffer = new MemoryStream();
            await request.Body.CopyToAsync(buffer, context.RequestAborted).ConfigureAwait(false);
            body = buffer.ToArray();
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // The rules refuse it, with a problem document.
            body = new byte[FrontDesk.LargestBody + 1];
        }

        var path = request.Path.Value + request.QueryString.Value;
        var reply = await server.HandleAsync(new LocalCaRequest(request.Method, path, request.ContentType, body), context.RequestAborted).ConfigureAwait(false);

        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        foreach (var (name, value) in reply.Headers) context.Response.Headers.Append(name, value);
        if (reply.Status == StatusCodes.Status204NoContent) return;

        context.Response.ContentLength = reply.Body.Length;
        if (!HttpMethods.IsHead(request.Method)) await context.Response.Body.WriteAsync(reply.Body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Signals and console lines are the app's business.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
