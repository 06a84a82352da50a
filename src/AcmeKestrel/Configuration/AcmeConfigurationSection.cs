using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Configuration;

/// <summary>The part of the configuration that holds the settings; its path begins the key in every message.</summary>
internal sealed class AcmeConfigurationSection(IConfigurationSection section, IConfigurationRoot? root = null)
{
    /// <summary>A section is taken as it is; of a whole configuration, its section <c>Acme</c>.</summary>
    public static AcmeConfigurationSection Of(IConfiguration? configuration) => configuration is IConfigurationSection given
        ? new(given)
        : new((configuration ?? new ConfigurationBuilder().Build()).GetSection(AcmeOptions.SectionName), configuration as IConfigurationRoot);

    public IConfiguration Values => section;

    public string Path => section.Path;

    /// <summary>As it is now, for whoever goes through all of it.</summary>
    public IConfigurationSection Look() => root is null ? section : new KeptSection(root, Path);

    /// <summary>The entries of a list that say something, each with its key: as everywhere, what is empty says nothing.</summary>
    public IEnumerable<(string Key, string Said)> Items(string list, List<string>? texts) =>
        from item in ItemKeys(list, texts?.Count ?? 0).Zip(texts ?? [])
        let said = ValueReader.Text(item.Second)
        where said is not null
        select (item.First, said);

    /// <summary>The keys of a list's items: a list with gaps in its indices is bound without them.</summary>
    /// <param name="count">How many items were bound.</param>
    public IReadOnlyList<string> ItemKeys(string list, int count)
    {
        // Without gaps, as nearly always: of a hundred thousand items no list need be made and sorted.
        var byIndex = Enumerable.Range(0, count).Select(index => $"{list}:{index}").ToList();
        if (byIndex.TrueForAll(key => Values[key] is not null)) return byIndex;

        var keys = Values.GetSection(list).GetChildren().Select(item => item.Key).ToList();
        return [.. Enumerable.Range(0, count).Select(index => $"{list}:{(index < keys.Count ? keys[index] : index)}")];
    }
}
