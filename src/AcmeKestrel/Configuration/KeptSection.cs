using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Configuration;

/// <summary>
/// A section for one look at it: what is under a key is asked for once by whoever goes from section to section. .NET's goes through all keys of the configuration each time, and sorts what it found anew for each source that
/// follows; the binder asks several times, and <c>Domains</c> may have a hundred thousand entries.
/// </summary>
/// <remarks>It is .NET's class, with two of the interface's methods of its own: the binder tells a null from nothing by the class.</remarks>
internal sealed class KeptSection(IConfigurationRoot root, string path) : ConfigurationSection(root, path), IConfigurationSection
{
    private readonly IConfigurationRoot _root = root;
    private Dictionary<string, KeptSection>? _sections;
    private List<KeptSection>? _children;

    IEnumerable<IConfigurationSection> IConfiguration.GetChildren() => _children ??= [.. Keys().Select(Under)];

    IConfigurationSection IConfiguration.GetSection(string key)
    {
        _sections ??= new(StringComparer.Ordinal);
        if (!_sections.TryGetValue(key, out var kept)) _sections[key] = kept = Under(key);
        return kept;
    }

    private KeptSection Under(string key) => new(_root, ConfigurationPath.Combine(Path, key));

    private IEnumerable<string> Keys() => _root.Providers.All(IsOfDotNet) ? SortedOnce() : GetChildren().Select(child => child.Key);

    /// <summary>It adds its keys to those of the sources before it, and sorts them: what others do nobody knows.</summary>
    private static bool IsOfDotNet(IConfigurationProvider source) => source.GetType().Namespace is { } name && name.StartsWith("Microsoft.Extensions.Configuration", StringComparison.Ordinal);

    /// <summary>As .NET has them, in its order; where one source has all of them they are sorted already.</summary>
    private IEnumerable<string> SortedOnce()
    {
        var found = _root.Providers.Reverse().Select(source => source.GetChildKeys([], Path).Distinct(StringComparer.OrdinalIgnoreCase).ToList()).Where(keys => keys.Count > 0).ToList();
        return found is [var only] ? only : found.SelectMany(keys => keys).Order(ConfigurationKeyComparer.Instance).Distinct(StringComparer.OrdinalIgnoreCase);
    }
}
