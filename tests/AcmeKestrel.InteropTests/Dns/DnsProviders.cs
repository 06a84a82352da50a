using AcmeKestrel.Configuration.Zones;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.InteropTests.Dns;

/// <summary>Providers as an application's configuration makes them.</summary>
internal static class DnsProviders
{
    public static IDnsProvider Create(string type, IReadOnlyDictionary<string, string?> values)
    {
        var builder = new Builder();
        builder.AddDns();
        var services = builder.Services.AddLogging().BuildServiceProvider();
        var configuration = new AcmeComponentConfiguration(type, values);
        var provider = new DnsProviderTypes(services.GetServices<DnsProviderType>(), [], services).Create(type, configuration);
        Assert.Empty(configuration.Problems);
        Assert.Empty(configuration.UnknownKeys);
        return provider;
    }

    private sealed class Builder : IAcmeBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection();
    }
}
