using AcmeKestrel.Storage;

namespace AcmeKestrel.Configuration.Stores;

/// <summary>A type of stores that a package adds.</summary>
/// <param name="Create">Reads all its keys and makes a store. Nothing is asked and nothing opened before the store's first call: it is also made to see whether the configuration is good.</param>
internal sealed record StoreType(string Name, Func<AcmeComponentConfiguration, IServiceProvider, IAcmeStore> Create);
