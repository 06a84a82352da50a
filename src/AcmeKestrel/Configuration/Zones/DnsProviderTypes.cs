using AcmeKestrel.Configuration.Components;

namespace AcmeKestrel.Configuration.Zones;

/// <summary>The types of DNS providers that <c>Acme:Dns:Providers:&lt;name&gt;:Type</c> may name, and the providers that the application's code adds by a name of its own.</summary>
internal sealed class DnsProviderTypes(IEnumerable<DnsProviderType> types, IEnumerable<DnsProviderInCode> inCode, IServiceProvider services)
{
    /// <summary>None.</summary>
    public static DnsProviderTypes None { get; } = new([], [], new NoServices());

    private readonly Dictionary<string, DnsProviderType> _types = ByName(types, type => type.Name);
    private readonly Dictionary<string, DnsProviderInCode> _inCode = ByName(inCode, provider => provider.Name);

    public IEnumerable<string> Names => _types.Keys.Order(StringComparer.Ordinal);

    public IEnumerable<string> NamesInCode => _inCode.Keys;

    public bool Has(string type) => _types.ContainsKey(type);

    /// <summary>What is wrong with the configuration is in it afterwards.</summary>
    public IDnsProvider Create(string type, AcmeComponentConfiguration configuration) => _types[type].Create(configuration, services);

    public IDnsProvider CreateInCode(string name) => _inCode[name].Create(services);

    /// <summary>The last one of a name counts, as with services.</summary>
    private static Dictionary<string, T> ByName<T>(IEnumerable<T> items, Func<T, string> nameOf)
    {
        var byName = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in items) byName[nameOf(item)] = item;
        return byName;
    }
}

/// <summary>A type that a package adds.</summary>
/// <param name="Create">Reads all its keys and makes a provider. Nothing is asked and nothing opened before the provider's first call: it is also made to see whether the configuration is good.</param>
internal sealed record DnsProviderType(string Name, Func<AcmeComponentConfiguration, IServiceProvider, IDnsProvider> Create);

/// <summary>A provider that the application adds.</summary>
internal sealed record DnsProviderInCode(string Name, Func<IServiceProvider, IDnsProvider> Create);
