using AcmeKestrel.Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Serving;

/// <summary>Registers the certificate table and the hooks into Kestrel.</summary>
internal static class ServingServices
{
    public static IServiceCollection AddAcmeServing(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(GateKeeper))) return services;

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ServingLimits());
        services.TryAddSingleton(_ => new KestrelShape(KestrelInternals.Probe()));
        services.TryAddSingleton<CertificateTable>();
        services.TryAddSingleton<ICertificatePublisher>(provider => provider.GetRequiredService<CertificateTable>());
        services.TryAddSingleton<CertificateMisses>();
        services.TryAddSingleton<ClientHelloReader>();
        services.TryAddSingleton<TlsAlpnResponder>();
        services.TryAddSingleton<FallbackCertificate>();
        services.TryAddSingleton<GateKeeper>();
        services.TryAddSingleton<KestrelWiring>();

        // In front of everything, wherever AddAcme() stands: the host's filters and the user's lambdas come after these.
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, Http01Responder>());
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<KestrelWiring>()));
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<KestrelWiring>());
        return services;
    }
}
