using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Diagnostics;

/// <summary>Registers what other rooms count and trace with.</summary>
internal static class DiagnosticsServices
{
    public static IServiceCollection AddAcmeDiagnostics(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new AcmeMeter(provider.GetService<IMeterFactory>()));
        services.TryAddSingleton<ServingMetrics>();
        services.TryAddSingleton<RequestMetrics>();
        services.TryAddSingleton<RenewalInfoMetrics>();
        services.TryAddSingleton<StoreMetrics>();
        services.TryAddSingleton<ValidationMetrics>();
        services.TryAddSingleton<HookMetrics>();
        services.TryAddSingleton<OnDemandMetrics>();
        services.TryAddSingleton<OrderTraces>();
        return services;
    }
}
