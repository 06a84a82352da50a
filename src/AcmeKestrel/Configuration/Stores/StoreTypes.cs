using AcmeKestrel.Configuration.Components;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Configuration.Stores;

/// <summary>The types that <c>Acme:Store:Type</c> may name beside the state directory.</summary>
internal sealed class StoreTypes(IEnumerable<StoreType> types, IServiceProvider services)
{
    /// <summary>What the state directory is called.</summary>
    public const string Directory = "Directory";

    /// <summary>No other.</summary>
    public static StoreTypes None { get; } = new([], new NoServices());

    private readonly List<StoreType> _types = [.. types.DistinctBy(type => type.Name, StringComparer.OrdinalIgnoreCase)];

    public IEnumerable<string> Names => _types.Select(type => type.Name).Prepend(Directory);

    /// <summary>As its package writes it; null where there is none.</summary>
    public string? Find(string name) => Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What is wrong with the configuration is in it afterwards.</summary>
    public IAcmeStore Create(string type, AcmeComponentConfiguration configuration) => _types.First(known => known.Name == type).Create(configuration, services);
}
