using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;

namespace SampleWeb;

/// <summary>A second, tiny server: none of the edge's routes, redirects and certificates reaches it, and no visitor of the edge reaches what it says.</summary>
internal sealed class ManagementServer(IConfiguration configuration, HealthCheckService health, MeterProvider metrics) : IHostedService
{
    private WebApplication? _server;

    /// <summary>Null where none is configured.</summary>
    public static string? UrlIn(IConfiguration configuration) => configuration["Management:Url"] is { Length: > 0 } url ? url : null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (UrlIn(configuration) is not { } url) return;

        // An empty builder takes nothing from the edge's own configuration: its endpoints are not for this one.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        _server = builder.Build();
        _server.UseOpenTelemetryPrometheusScrapingEndpoint(metrics, predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
        _server.Map("/health", branch => branch.Run(TellHealthAsync));
        await _server.StartAsync(cancellationToken);
        Console.WriteLine($"Metrics and health: {url}/metrics, {url}/health");
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is null) return;

        await _server.StopAsync(cancellationToken);
        await _server.DisposeAsync();
    }

    /// <summary>200 while there is nothing to wake anybody for, degraded or not; 503 else.</summary>
    private async Task TellHealthAsync(HttpContext context)
    {
        var report = await health.CheckHealthAsync(context.RequestAborted);
        context.Response.StatusCode = report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        var lines = report.Entries.Select(entry => $"{entry.Key}: {entry.Value.Status}: {entry.Value.Description}\n");
        await context.Response.WriteAsync($"{report.Status}\n{string.Concat(lines)}", context.RequestAborted);
    }
}
