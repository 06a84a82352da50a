using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace SampleWeb;

/// <summary>What an operator reads of the edge: metrics, traces and health. All of it only where it is configured, since whoever may read it knows every name that is served.</summary>
internal static class Management
{
    /// <summary>Metrics of the library and of the server under it, not of every request that passes.</summary>
    private static readonly string[] Meters = ["AcmeKestrel", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>
    /// <c>Management:Url</c>: <c>/metrics</c> for Prometheus and <c>/health</c> on an address of their own. <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>: metrics and traces are sent there; the other variables of OpenTelemetry
    /// (<c>OTEL_SERVICE_NAME</c>, <c>OTEL_EXPORTER_OTLP_HEADERS</c>, ...) mean what they mean everywhere.
    /// </summary>
    public static void AddManagement(this WebApplicationBuilder builder)
    {
        var isScraped = ManagementServer.UrlIn(builder.Configuration) is not null;
        var isSent = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
        if (!isScraped && !isSent) return;

        var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(Meters);
            if (isScraped) metrics.AddPrometheusExporter();
            if (isSent) metrics.AddOtlpExporter();
        });
        if (isSent) telemetry.WithTracing(traces => traces.AddSource("AcmeKestrel").AddOtlpExporter());
        if (!isScraped) return;

        builder.Services.AddHealthChecks().AddAcme();
        builder.Services.AddHostedService<ManagementServer>();
    }
}
