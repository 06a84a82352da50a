using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Configuration;

/// <summary>The part of the configuration that holds the settings; its path begins the key in every message.</summary>
internal sealed class AcmeConfigurationSection(IConfiguration section)
{
    /// <summary>A section is taken as it is; of a whole configuration, its section <c>Acme</c>.</summary>
    public static AcmeConfigurationSection Of(IConfiguration? configuration) => new(
        configuration as IConfigurationSection ?? (configuration ?? new ConfigurationBuilder().Build()).GetSection(AcmeOptions.SectionName));

    public IConfiguration Values { get; } = section;

    public string Path { get; } = (section as IConfigurationSection)?.Path ?? AcmeOptions.SectionName;

    /// <summary>The key of a list's item: a list with gaps in its indices is bound without them.</summary>
    public string ItemKey(string list, int index)
    {
        var keys = Values.GetSection(list).GetChildren().Select(item => item.Key).ToList();
        return $"{list}:{(index < keys.Count ? keys[index] : index)}";
    }
}
