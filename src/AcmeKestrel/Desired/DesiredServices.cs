using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Desired;

/// <summary>Registers the wish sources and their merging.</summary>
internal static class DesiredServices
{
    public static IServiceCollection AddAcmeDesired(this IServiceCollection services) => services;
}
