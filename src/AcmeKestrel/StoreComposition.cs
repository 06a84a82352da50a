using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel;

/// <summary>The store that <c>Acme:Store</c> names, and what stands around it.</summary>
internal static class StoreComposition
{
    public static IAcmeStore Open(IServiceProvider services)
    {
        var settings = services.GetRequiredService<IAcmeSettings>().Current.Store;
        var store = Open(services, settings);
        if (settings.Cache) store = new CopiedStore(store, Copy(services), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<CopiedStore>>());
        return new CountedStore(store, services.GetRequiredService<StoreMetrics>());
    }

    /// <summary>With nothing around it but what others who have it need, too.</summary>
    public static IAcmeStore Open(IServiceProvider services, StoreSettings settings)
    {
        var store = Engine(settings, services);
        return settings.ProtectSecrets ? new ProtectedStore(store, Keys(services, nameof(AcmeStoreOptions.ProtectSecrets))) : new PlainStore(store);
    }

    /// <summary>In a folder of its own, so that the state directory stays usable as one.</summary>
    private static LocalCopy Copy(IServiceProvider services)
    {
        var options = new StateDirectoryOptions(Path.Combine(services.GetRequiredService<StateDirectoryOptions>().Path, LocalCopy.Folder), KeyGroup: null);
        var folder = ActivatorUtilities.CreateInstance<StateDirectoryStore>(services, options, LocalFileSystem.Below(options.Path));

        // Whoever serves has asked for the lease before it reads anything; a command that looks never does, and may be another user than the server.
        var lease = new Lazy<StateLease>(services.GetRequiredService<StateLease>);
        return new LocalCopy(new ProtectedStore(folder, Keys(services, nameof(AcmeStoreOptions.Cache))), services.GetRequiredService<ILogger<LocalCopy>>(), () => lease.Value.WasAsked);
    }

    private static IDataProtectionProvider Keys(IServiceProvider services, string key) => services.GetService<IDataProtectionProvider>() ?? throw new AcmeConfigurationException([
        $"{services.GetRequiredService<AcmeConfigurationSection>().Path}:{nameof(AcmeOptions.Store)}:{key}: needs services.AddDataProtection(), with keys that every machine of the state has.",
    ]);

    private static IAcmeStore Engine(StoreSettings settings, IServiceProvider services) => settings.Type == StoreTypes.Directory
        ? ActivatorUtilities.CreateInstance<StateDirectoryStore>(services)
        : services.GetRequiredService<StoreTypes>().Create(settings.Type, new AcmeComponentConfiguration(settings.Type, settings.Keys));
}
