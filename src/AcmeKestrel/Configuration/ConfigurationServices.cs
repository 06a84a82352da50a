using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Configuration;

/// <summary>Registers the options, parsed and watched.</summary>
internal static class ConfigurationServices
{
    public static IServiceCollection AddAcmeConfiguration(this IServiceCollection services)
    {
        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(provider => AcmeConfigurationSection.Of(provider.GetService<IConfiguration>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<AcmeOptions>, AcmeOptionsBinding>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IOptionsChangeTokenSource<AcmeOptions>, AcmeSectionChanges>());
        services.TryAddSingleton<DnsProviderTypes>();
        services.TryAddSingleton<StoreTypes>();
        services.TryAddSingleton<StoreTypeSettings>();
        services.TryAddSingleton<IAcmeSettings, AcmeSettingsMonitor>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SettingsStartCheck>());
        return services;
    }

    private sealed class AcmeSectionChanges(AcmeConfigurationSection section) : ConfigurationChangeTokenSource<AcmeOptions>(section.Values);
}
