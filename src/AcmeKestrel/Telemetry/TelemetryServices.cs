using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Telemetry;

/// <summary>Registers what tells others in numbers how the certificates are doing.</summary>
internal static class TelemetryServices
{
    public static IServiceCollection AddAcmeTelemetry(this IServiceCollection services)
    {
        services.AddAcmeDiagnostics();
        services.TryAddSingleton<CertificateOutlooks>();
        services.TryAddSingleton<CertificateGauges>();
        services.TryAddSingleton<WorkGauges>();
        services.TryAddSingleton<HookGauges>();
        services.TryAddSingleton<AcmeHealthCheck>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, OrderTelemetry>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, ExportTelemetry>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, GaugeStart>());
        return services;
    }
}
