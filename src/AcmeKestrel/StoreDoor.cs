using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Management.Copies;
using AcmeKestrel.Storage;

namespace AcmeKestrel;

/// <summary>Stores beside the one that is in force.</summary>
internal sealed class StoreDoor(IServiceProvider services) : IStoreDoor
{
    public IAcmeStore Open(StoreSettings settings) => StoreComposition.Open(services, settings);
}
