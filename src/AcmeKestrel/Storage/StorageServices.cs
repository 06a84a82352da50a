using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage;

/// <summary>Registers what a store needs.</summary>
internal static class StorageServices
{
    /// <summary><see cref="StateDirectoryOptions"/>, and which store there is, come from the composition root.</summary>
    public static IServiceCollection AddAcmeStorage(this IServiceCollection services)
    {
        services.AddLogging();
        services.AddAcmeDiagnostics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => LocalFileSystem.Below(provider.GetRequiredService<StateDirectoryOptions>().Path));
        return services;
    }
}
