using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage;

/// <summary>Registers the store.</summary>
internal static class StorageServices
{
    /// <summary>A store that the user registered wins. <see cref="StateDirectoryOptions"/> comes from the composition root.</summary>
    public static IServiceCollection AddAcmeStorage(this IServiceCollection services)
    {
        services.AddLogging();
        services.AddAcmeDiagnostics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => LocalFileSystem.Below(provider.GetRequiredService<StateDirectoryOptions>().Path));
        services.TryAddSingleton<IAcmeStore>(provider => new CountedStore(ActivatorUtilities.CreateInstance<StateDirectoryStore>(provider), provider.GetRequiredService<StoreMetrics>()));
        return services;
    }
}
