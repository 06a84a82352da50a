using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Management;

/// <summary>Registers what an application and its operator drive the lifecycle with.</summary>
internal static class ManagementServices
{
    public static IServiceCollection AddAcmeManagement(this IServiceCollection services)
    {
        services.TryAddSingleton<CertificateDetails>();
        services.TryAddSingleton<IAcmeCertificates, AcmeCertificates>();
        services.TryAddSingleton<IAcmeAccounts, AcmeAccounts>();
        services.TryAddSingleton<IAcmeHooks, AcmeHooks>();
        return services;
    }
}
