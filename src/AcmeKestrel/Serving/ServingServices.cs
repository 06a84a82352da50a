using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Serving;

/// <summary>Registers the certificate table and the hooks into Kestrel.</summary>
internal static class ServingServices
{
    public static IServiceCollection AddAcmeServing(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(GateKeeper))) return services;

        services.AddAcmeDiagnostics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ServingLimits());
        services.TryAddSingleton(_ => new KestrelShape(KestrelInternals.Probe()));
        services.TryAddSingleton(provider => new DevelopmentCertificate(KestrelInternals.FindDevelopmentCertificate(provider.GetRequiredService<ILogger<KestrelServer>>())));
        services.TryAddSingleton<ServingReach>();
        services.TryAddSingleton(provider => new LoadedCertificates(provider.GetRequiredService<IAcmeSettings>(), provider.GetService<ICertificateSource>()));
        services.TryAddSingleton<CertificateTable>();
        services.TryAddSingleton<HotSet>();
        services.TryAddSingleton<TlsContexts>();
        services.TryAddSingleton<CertificateOpener>();
        services.TryAddSingleton<CertificateLoads>();
        services.TryAddSingleton<ICertificatePublisher>(provider => provider.GetRequiredService<CertificateTable>());
        services.TryAddSingleton<IShownCertificates>(provider => provider.GetRequiredService<CertificateTable>());
        services.TryAddSingleton<IVisitedCertificates>(provider => provider.GetRequiredService<CertificateTable>());
        services.TryAddSingleton<CertificateMisses>();
        services.TryAddSingleton(provider => new CertificatesOnDemand(
            provider.GetRequiredService<CertificateTable>(),
            provider.GetRequiredService<ServingLimits>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<CertificatesOnDemand>>(),
            new Lazy<IOnDemandIssuer?>(provider.GetService<IOnDemandIssuer>)));
        services.TryAddSingleton<CertificateFinder>();
        services.TryAddSingleton<UnknownHosts>();
        services.TryAddSingleton<ForwardedHost>();
        services.TryAddSingleton<RewrittenHosts>();
        services.TryAddSingleton<ClientHelloReader>();
        services.TryAddSingleton<TlsAlpnResponder>();
        services.TryAddSingleton<FallbackCertificate>();
        services.TryAddSingleton<GateKeeper>();
        services.TryAddSingleton<KestrelWiring>();

        services.AddSingleton<HookCheck>(provider => new(
            UnseenWiring(provider),
            provider.GetRequiredService<CertificateTable>(),
            provider.GetService<IServer>(),
            provider,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HookCheck>>()));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<HookCheck>());

        // In front of everything, wherever AddAcme() stands: the host's filters and the user's lambdas come after these.
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, Http01Responder>());
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<KestrelWiring>()));
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<KestrelWiring>());
        return services;
    }

    /// <summary>The wiring once more, for an endpoint that no visitor reaches: what it reports of that one says nothing about the application's.</summary>
    private static KestrelWiring UnseenWiring(IServiceProvider provider)
    {
        var keeper = new GateKeeper(
            provider.GetRequiredService<CertificateFinder>(),
            provider.GetRequiredService<UnknownHosts>(),
            provider.GetRequiredService<ClientHelloReader>(),
            provider.GetRequiredService<TlsAlpnResponder>(),
            new ServingReach(),
            provider.GetRequiredService<KestrelShape>(),
            NullLogger<GateKeeper>.Instance);
        return new KestrelWiring(keeper, provider.GetRequiredService<FallbackCertificate>(), provider.GetRequiredService<DevelopmentCertificate>(), NullLogger<KestrelWiring>.Instance);
    }
}
