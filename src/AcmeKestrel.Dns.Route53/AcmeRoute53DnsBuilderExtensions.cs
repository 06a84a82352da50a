using AcmeKestrel;
using AcmeKestrel.Dns.Route53;
using AcmeKestrel.Dns.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Amazon Route 53 for dns-01.</summary>
public static class AcmeRoute53DnsBuilderExtensions
{
    /// <summary>Adds the type <c>route53</c> of DNS providers, which <c>Acme:Dns:Providers:&lt;name&gt;:Type</c> may name. Calling it twice is harmless.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddRoute53Dns(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(services => new ApiTransport(ApiTransport.NewHandler(), services.GetRequiredService<TimeProvider>()));
        return builder.AddDnsProviderType("route53", (configuration, services) => Route53Provider.Create(configuration, services.GetRequiredService<ApiTransport>()));
    }
}
