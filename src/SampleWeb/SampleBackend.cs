using Microsoft.AspNetCore.HttpOverrides;

namespace SampleWeb;

/// <summary>What the sample routes lead to: a second, tiny server on loopback that says how it was called. Runs where <c>SampleBackend:Url</c> is configured, which is in Development.</summary>
internal sealed class SampleBackend(IConfiguration configuration) : IHostedService
{
    private WebApplication? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["SampleBackend:Url"] is not { Length: > 0 } url) return;

        // An empty builder takes nothing from the edge's own configuration: its endpoints are not for this one.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        _server = builder.Build();
        _server.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedProto });
        _server.Run(context => context.Response.WriteAsync($"Hello from {context.Request.Scheme}://{context.Request.Host}{context.Request.Path}\n"));
        await _server.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is null) return;

        await _server.StopAsync(cancellationToken);
        await _server.DisposeAsync();
    }
}
