using static System.IO.UnixFileMode;

namespace AcmeKestrel.Storage.Files;

/// <summary>What the volume of the state directory can do.</summary>
internal sealed record Volume
{
    /// <summary>The mode that a private key has there.</summary>
    public UnixFileMode KeyMode { get; init; } = FileModes.PrivateFile;

    /// <summary>The mode of the state directory, through which others would have to come.</summary>
    public UnixFileMode FolderMode { get; init; } = FileModes.PrivateFolder;

    public bool ChangesModes { get; init; } = true;

    public bool HasLinks { get; init; } = true;

    /// <summary>Why two processes cannot be kept apart there; null = they can.</summary>
    public string? NoLocks { get; init; }

    /// <summary>What the file system is called where it does not outlive a restart; null = it does, or nothing can be told.</summary>
    public string? Temporary { get; init; }

    public bool KeepsModes => ChangesModes && KeyMode == FileModes.PrivateFile;

    /// <summary>One sentence for all of it, or null where nothing is missing.</summary>
    public string? Describe()
    {
        var parts = new List<string>();
        if (!KeepsModes) parts.Add(DescribeModes());
        if (!HasLinks) parts.Add("has no links, so certs/<name> and accounts/<mail>/<provider> are missing: programs outside find the newest certificate as the last folder certs/<name>@<time>-<hash>");
        return parts.Count == 0 ? null : string.Join("; it ", parts);
    }

    private string DescribeModes()
    {
        if (KeyMode == FileModes.PrivateFile) return "lets no mode be changed: keys are made private, but Acme:KeyGroup has no effect and what others opened cannot be closed";

        var exposed = Exposed(GroupRead, GroupWrite, GroupExecute) || Exposed(OtherRead, OtherWrite, OtherExecute);
        return exposed
            ? $"keeps no modes: PRIVATE KEYS ARE READABLE OR WRITABLE BY OTHERS (mode {Octal(KeyMode)}). Mount it for this user alone (for SMB: uid=, file_mode=0600, dir_mode=0700), or set Acme:StateDirectory to a volume with modes"
            : $"keeps no modes: what a file may be read by is the mount's affair (keys have mode {Octal(KeyMode)} here, which others do not reach), and Acme:KeyGroup has no effect";
    }

    private bool Exposed(UnixFileMode read, UnixFileMode write, UnixFileMode enter) => (KeyMode & (read | write)) != 0 && (FolderMode & enter) != 0;

    private static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode & 0b111_111_111, 8).PadLeft(3, '0');
}
