using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel;

/// <summary>The store that <c>Acme:Store</c> names, and what stands around it.</summary>
internal static class StoreComposition
{
    public static IAcmeStore Open(IServiceProvider services)
    {
        var settings = services.GetRequiredService<IAcmeSettings>().Current.Store;
        return new CountedStore(Engine(settings, services), services.GetRequiredService<StoreMetrics>());
    }

    private static IAcmeStore Engine(StoreSettings settings, IServiceProvider services) => settings.Type == StoreTypes.Directory
        ? ActivatorUtilities.CreateInstance<StateDirectoryStore>(services)
        : services.GetRequiredService<StoreTypes>().Create(settings.Type, new AcmeComponentConfiguration(settings.Type, settings.Keys));
}
