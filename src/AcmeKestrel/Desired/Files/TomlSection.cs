namespace AcmeKestrel.Desired.Files;

/// <param name="Name">The text of its header, whatever of it is quoted.</param>
internal sealed record TomlSection(string Name, int Line, IReadOnlyList<TomlSetting> Settings)
{
    /// <summary>Its header has two brackets.</summary>
    public bool IsListed { get; init; }

    /// <summary>It is no TOML, and of its settings nothing is known.</summary>
    public TomlFault? Fault { get; init; }
}
