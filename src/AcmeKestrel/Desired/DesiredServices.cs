using AcmeKestrel.Desired.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Desired;

/// <summary>Registers the wish sources and their merging.</summary>
internal static class DesiredServices
{
    public static IServiceCollection AddAcmeDesired(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDesiredCertificateSource, OptionsWishSource>());
        services.TryAddSingleton<IFolderWatcher, FolderWatcher>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDesiredCertificateSource, DesiredFolder>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDesiredCertificateSource, WantFolder>());
        services.TryAddSingleton<IWishFeed, WishFeed>();
        return services;
    }
}
