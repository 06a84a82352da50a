using static System.IO.UnixFileMode;

namespace AcmeKestrel.Storage.Files;

/// <summary>The modes of the state directory.</summary>
internal static class FileModes
{
    /// <summary>0700</summary>
    public const UnixFileMode PrivateFolder = UserRead | UserWrite | UserExecute;

    /// <summary>0755</summary>
    public const UnixFileMode PublicFolder = PrivateFolder | GroupRead | GroupExecute | OtherRead | OtherExecute;

    /// <summary>0600</summary>
    public const UnixFileMode PrivateFile = UserRead | UserWrite;

    /// <summary>0640; never group-writable, which some daemons refuse.</summary>
    public const UnixFileMode GroupFile = PrivateFile | GroupRead;

    /// <summary>0644</summary>
    public const UnixFileMode PublicFile = GroupFile | OtherRead;
}
