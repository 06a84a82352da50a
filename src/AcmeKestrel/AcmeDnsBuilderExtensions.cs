using AcmeKestrel;
using AcmeKestrel.Configuration.Zones;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>DNS providers for dns-01 (RFC 8555 section 8.4).</summary>
public static class AcmeDnsBuilderExtensions
{
    /// <summary>Adds a DNS provider of the application's own: <c>Acme:Dns:Default</c>, <c>Acme:Dns:Zones</c> and <c>Certificates:&lt;label&gt;:Dns</c> know it by <paramref name="name"/>.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    /// <param name="name">Such as <c>corp</c>; it lasts, for records that are still to be removed are kept under it.</param>
    /// <param name="create">Called once, when the provider is needed first.</param>
    public static IAcmeBuilder AddDnsProvider(this IAcmeBuilder builder, string name, Func<IServiceProvider, IDnsProvider> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        builder.Services.AddSingleton(new DnsProviderInCode(name, create));
        return builder;
    }

    /// <summary>Adds a type of DNS providers that <c>Acme:Dns:Providers:&lt;name&gt;:Type</c> may name; for packages.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    /// <param name="type">Such as <c>rfc2136</c>.</param>
    /// <param name="create">
    /// Reads all keys of the type and makes a provider. It asks nobody and opens nothing: a provider is made at start to see whether the configuration is good, and again when it is needed.
    /// </param>
    public static IAcmeBuilder AddDnsProviderType(this IAcmeBuilder builder, string type, Func<AcmeComponentConfiguration, IServiceProvider, IDnsProvider> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        ArgumentNullException.ThrowIfNull(create);
        builder.Services.AddSingleton(new DnsProviderType(type, create));
        return builder;
    }
}
