namespace AcmeKestrel.Configuration;

/// <summary>One entry of <c>Exports</c>, checked.</summary>
/// <param name="Key">Where it stands, for messages.</param>
/// <param name="Certificate">A label; null: every certificate.</param>
/// <param name="Path">Absolute, with placeholders.</param>
internal sealed record ExportSetting(string Key, string? Certificate, ExportContent Content, string Path, UnixFileMode Mode)
{
    /// <summary>The label as it is, and with <c>_</c> for <c>.</c>.</summary>
    public const string Name = "{name}", FlatName = "{name_}";

    /// <summary>Windows and macOS mostly take two spellings for one file.</summary>
    public static StringComparer Paths { get; } = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The mode was said: it counts as it is, wider or narrower than that of a file that is there already.</summary>
    public bool IsModeSaid { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public string? PasswordFile { get; init; }

    public bool IsFor(string label) => Certificate is null || Certificate == label;

    /// <summary>The path with something in the place of the label.</summary>
    public string PathWith(string name) => Path.Replace(Name, name, StringComparison.Ordinal).Replace(FlatName, name.Replace('.', '_'), StringComparison.Ordinal);

    public static bool IsWithKey(ExportContent content) => content is ExportContent.PrivKey or ExportContent.Combined or ExportContent.Pfx;
}

/// <summary>What is in an exported file: a part as PEM, or one of the other formats.</summary>
internal enum ExportContent
{
    Cert,
    Chain,
    FullChain,
    PrivKey,
    Combined,
    Pfx,
}
