using AcmeKestrel;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Management;
using AcmeKestrel.Management.Copies;
using AcmeKestrel.Serving;
using AcmeKestrel.Storage;
using AcmeKestrel.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The way in: <c>builder.Services.AddAcme()</c>.</summary>
public static class AcmeServiceCollectionExtensions
{
    /// <summary>Adds automatic TLS to the application; reads the configuration section <c>Acme</c>. Calling it twice is harmless.</summary>
    public static IAcmeBuilder AddAcme(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddAcmeConfiguration();
        services.TryAddSingleton(StateDirectory);

        // A store that the application registered wins.
        services.TryAddSingleton(StoreComposition.Open);
        services.TryAddSingleton<IStoreDoor, StoreDoor>();
        services.TryAddSingleton<IFrontDoor>(provider => new FrontDoor(() => provider.GetRequiredService<IAcmeSettings>().Current.Preflight, provider.GetRequiredService<TimeProvider>()));
        services.AddAcmeStorage().AddAcmeChallenges().AddAcmeDesired().AddAcmeLifecycle().AddAcmeServing().AddAcmeManagement().AddAcmeTelemetry();
        return new AcmeBuilder(services);
    }

    /// <summary>As <see cref="AddAcme(IServiceCollection)"/>; <paramref name="configure"/> runs after the section has been read, and again after each reload.</summary>
    public static IAcmeBuilder AddAcme(this IServiceCollection services, Action<AcmeOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = services.AddAcme();
        services.Configure(configure);
        return builder;
    }

    /// <summary>As <see cref="AddAcme(IServiceCollection)"/>, with the settings in another place: a section is taken as it is; of a whole configuration, its section <c>Acme</c>.</summary>
    public static IAcmeBuilder AddAcme(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.RemoveAll<AcmeConfigurationSection>();
        services.AddSingleton(AcmeConfigurationSection.Of(configuration));
        return services.AddAcme();
    }

    private static StateDirectoryOptions StateDirectory(IServiceProvider services)
    {
        var settings = services.GetRequiredService<IAcmeSettings>().Current;
        return new StateDirectoryOptions(settings.StateDirectory, settings.KeyGroup);
    }

    private sealed record AcmeBuilder(IServiceCollection Services) : IAcmeBuilder;
}
