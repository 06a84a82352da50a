using AcmeKestrel;
using AcmeKestrel.Dns.Google;
using AcmeKestrel.Dns.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Google Cloud DNS for dns-01.</summary>
public static class AcmeGoogleDnsBuilderExtensions
{
    /// <summary>Adds the type <c>google</c> of DNS providers, which <c>Acme:Dns:Providers:&lt;name&gt;:Type</c> may name. Calling it twice is harmless.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddGoogleDns(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(services => new ApiTransport(ApiTransport.NewHandler(), services.GetRequiredService<TimeProvider>()));
        return builder.AddDnsProviderType("google", (configuration, services) => GoogleDnsProvider.Create(configuration, services.GetRequiredService<ApiTransport>()));
    }
}
