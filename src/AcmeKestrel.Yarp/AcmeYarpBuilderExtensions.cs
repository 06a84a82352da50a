using AcmeKestrel;
using AcmeKestrel.Desired;
using AcmeKestrel.Yarp;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Certificates for what YARP proxies.</summary>
public static class AcmeYarpBuilderExtensions
{
    /// <summary>
    /// Every host of a YARP route becomes a certificate, also of routes that come while the application runs, as YARP's own filters (<c>IProxyConfigFilter</c>) leave them; the route metadata <c>"Acme": "false"</c> opts a route out.
    /// Calling it twice is harmless.
    /// </summary>
    public static IAcmeBuilder AddYarpHosts(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<YarpRouteHosts>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigChangeListener, YarpRouteHosts>(Find));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IDesiredCertificateSource, YarpRouteHosts>(Find));
        return builder;
    }

    private static YarpRouteHosts Find(IServiceProvider services) => services.GetRequiredService<YarpRouteHosts>();
}
