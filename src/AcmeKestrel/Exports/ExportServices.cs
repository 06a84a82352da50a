using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Exports;

/// <summary>Registers who writes exported files.</summary>
internal static class ExportServices
{
    public static IServiceCollection AddAcmeExports(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => ExportWriter.For(provider.GetRequiredService<Configuration.IAcmeSettings>().Current.StateDirectory));
        return services;
    }
}
