using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Storage;

/// <summary>Registers the store.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddAcmeStorage(this IServiceCollection services) => services;
}
