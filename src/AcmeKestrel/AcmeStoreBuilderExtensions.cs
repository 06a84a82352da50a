using AcmeKestrel;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Engines that keep the state of several machines.</summary>
public static class AcmeStoreBuilderExtensions
{
    /// <summary>Adds a type of stores that <c>Acme:Store:Type</c> may name; for packages. An application with a store of its own registers that as <see cref="IAcmeStore"/>.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    /// <param name="type">Such as <c>Redis</c>; its keys are <c>Acme:Store:&lt;type&gt;:*</c>.</param>
    /// <param name="create">
    /// Reads all keys of the type and makes a store, which belongs to the application's services and is disposed of with them. It asks nobody and opens nothing: a store is made at start to see whether the configuration is
    /// good, and again when it is needed.
    /// </param>
    public static IAcmeBuilder AddStoreType(this IAcmeBuilder builder, string type, Func<AcmeComponentConfiguration, IServiceProvider, IAcmeStore> create)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        ArgumentNullException.ThrowIfNull(create);
        builder.Services.AddSingleton(new StoreType(type, create));
        return builder;
    }
}
