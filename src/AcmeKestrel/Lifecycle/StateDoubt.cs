using AcmeKestrel.Configuration;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle;

/// <summary>Whether a restart may lose what a public CA's limits were spent for. A state that may be lost costs nothing where no such CA is asked.</summary>
internal sealed class StateDoubt(IAcmeStore store, IAcmeSettings settings)
{
    /// <summary>Why a restart may lose the state, whoever is asked: a sentence without its end; null: nothing speaks for that.</summary>
    public string? Doubt => store.FindAbility<IStoreDurability>()?.Doubt;

    /// <summary>The same where it costs something; else null.</summary>
    /// <param name="providers">Those that are asked, by their names.</param>
    public string? Find(IEnumerable<string> providers)
    {
        if (Doubt is not { } doubt) return null;

        var known = settings.Current.Providers;
        return providers.Any(name => known.TryGetValue(name, out var provider) && BuiltInProviders.IsPublic(provider)) ? doubt : null;
    }
}
