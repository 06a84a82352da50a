namespace AcmeKestrel;

/// <summary>Where the state directory lies: what the library uses, and every program beside it.</summary>
public static class AcmeStateDirectory
{
    /// <summary>Set by systemd for units with <c>StateDirectory=</c>; several entries are separated by colons.</summary>
    private const string SystemdVariable = "STATE_DIRECTORY";

    /// <summary>
    /// The absolute path: <paramref name="configured"/> (the key <c>Acme:StateDirectory</c>), else the first entry of <c>$STATE_DIRECTORY</c>,
    /// else <c>&lt;local app data&gt;/&lt;application&gt;/acme</c>; for a user without a home, <c>/var/lib/&lt;application&gt;/acme</c>.
    /// </summary>
    public static string Resolve(string? configured, string applicationName)
    {
        ArgumentNullException.ThrowIfNull(applicationName);
        if (!string.IsNullOrWhiteSpace(configured)) return Path.GetFullPath(configured.Trim());

        if (!OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable(SystemdVariable)?.Split(':')[0] is { Length: > 0 } given) return Path.GetFullPath(given);

        // A fresh home has no folder yet, which the platform would answer with an empty text.
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.GetFullPath(Path.Combine(home.Length > 0 ? home : "/var/lib", FolderName(applicationName), "acme"));
    }

    private static string FolderName(string applicationName)
    {
        var name = string.Concat(applicationName.Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_'));
        return name.Trim('.') is { Length: > 0 } plain ? plain : "app";
    }
}
