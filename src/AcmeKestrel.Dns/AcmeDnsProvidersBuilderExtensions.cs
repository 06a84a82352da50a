using AcmeKestrel;
using AcmeKestrel.Dns.Apis;
using AcmeKestrel.Dns.Http;
using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.Dns.Manual;
using AcmeKestrel.Dns.Programs;
using AcmeKestrel.Dns.Transport;
using AcmeKestrel.Dns.Updates;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>DNS for dns-01: who writes the records, and who looks whether they are there.</summary>
public static class AcmeDnsProvidersBuilderExtensions
{
    /// <summary>
    /// Adds the types of DNS providers that <c>Acme:Dns:Providers:&lt;name&gt;:Type</c> may name (<c>rfc2136</c>, <c>exec</c>, <c>httpreq</c>, <c>acme-dns</c>, <c>cloudflare</c>, <c>digitalocean</c>, <c>hetzner</c>, <c>manual</c>), and <see cref="IDnsLookup"/>.
    /// Calling it twice is harmless.
    /// </summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddDns(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<DnsExchange>();
        builder.Services.TryAddSingleton<IDnsLookup, DnsLookup>();
        builder.Services.TryAddSingleton(services => new ApiTransport(ApiTransport.NewHandler(), services.GetRequiredService<TimeProvider>()));
        return builder
            .AddDnsProviderType("rfc2136", CreateRfc2136)
            .AddDnsProviderType("exec", (configuration, services) => ExecProvider.Create(configuration, services.GetRequiredService<IAcmePrograms>(), services.GetRequiredService<ILogger<ExecProvider>>()))
            .AddDnsProviderType("httpreq", (configuration, services) => HttpReqProvider.Create(configuration, services.GetRequiredService<ApiTransport>()))
            .AddDnsProviderType("acme-dns", (configuration, services) => AcmeDnsProvider.Create(configuration, services.GetRequiredService<ApiTransport>()))
            .AddDnsProviderType("cloudflare", (configuration, services) => CloudflareProvider.Create(configuration, services.GetRequiredService<ApiTransport>()))
            .AddDnsProviderType("digitalocean", (configuration, services) => DigitalOceanProvider.Create(configuration, services.GetRequiredService<ApiTransport>()))
            .AddDnsProviderType("hetzner", (configuration, services) => HetznerProvider.Create(configuration, services.GetRequiredService<ApiTransport>()))
            .AddDnsProviderType("manual", (configuration, services) => new ManualProvider(configuration.Name, services.GetRequiredService<ILogger<ManualProvider>>()));
    }

    private static Rfc2136Provider CreateRfc2136(AcmeComponentConfiguration configuration, IServiceProvider services)
    {
        var settings = Rfc2136Settings.Read(configuration);
        return new Rfc2136Provider(settings, new SignedServer(settings.Server, settings.UseTcp, services.GetRequiredService<DnsExchange>(), services.GetRequiredService<TimeProvider>()));
    }
}
