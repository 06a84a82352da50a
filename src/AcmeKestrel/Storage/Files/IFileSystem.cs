namespace AcmeKestrel.Storage.Files;

/// <summary>
/// The file operations the state directory is made of. Each is one step that a crash can come before or after, so that a test can stop at every one; nothing but <see cref="Sync"/> is durable.
/// Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> whose message names the path. Below the state directory no link is followed but where it says so.
/// </summary>
internal interface IFileSystem
{
    /// <summary>What is at the path, a link as itself; null = nothing.</summary>
    FileEntry? Find(string path);

    /// <summary>What is in the folder; nothing where the folder does not exist.</summary>
    IReadOnlyList<FileEntry> List(string folder);

    /// <summary>The names of what is in the folder and nothing else of it, which is cheap, and read bit by bit: of a hundred thousand not all are in memory; nothing where the folder does not exist.</summary>
    IEnumerable<string> ListNames(string folder);

    /// <summary>Null where there is no such file.</summary>
    FileContent? ReadFile(string path);

    /// <summary>A large file, to be read from its beginning; null where there is none.</summary>
    Stream? OpenFile(string path) => ReadFile(path) is { } file ? new MemoryStream(file.Bytes) : null;

    /// <summary>All files of the folder as they were at one moment, however often it is exchanged meanwhile; null where there is none.</summary>
    FolderContent? ReadFolder(string path);

    /// <summary>These files of a folder where that needs no waiting for the disk; else null, for whatever reason: <see cref="ReadFolder"/> tells.</summary>
    FolderContent? TryReadAtHand(string folder, IReadOnlyList<string> names) => null;

    /// <summary>Makes the folder, whose parent must exist, with this mode as far as its volume keeps modes.</summary>
    void CreateFolder(string path, UnixFileMode mode);

    /// <summary>
    /// Makes a file that must not exist yet, with this mode as far as its volume keeps modes. False = the group could not be given and the file got no group access. With <see cref="FileAccessRights.MustBeGiven"/> it fails
    /// before the content is written.
    /// </summary>
    bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights);

    /// <summary>Puts this at the end of a file, which is made, private, where it is missing; returns its length then.</summary>
    long AppendFile(string path, ReadOnlySpan<byte> content);

    /// <summary>False where the volume has no links, or this user may make none.</summary>
    bool TryCreateLink(string path, string target);

    /// <summary>Makes the content of a file, or the entries of a folder, survive a crash.</summary>
    void Sync(string path);

    /// <summary>Atomic; replaces a file or a link, never a folder that has content.</summary>
    void Rename(string from, string to);

    /// <summary>Swaps two folders atomically; false where the file system cannot.</summary>
    bool TryExchange(string one, string other);

    /// <summary>Removes a file, a link or a folder with all it has; nothing there is no error.</summary>
    void Delete(string path);

    /// <summary>Fails also where the volume takes the mode without effect.</summary>
    void SetMode(string path, UnixFileMode mode);

    /// <summary>A kernel lock on this file, which is made where it is missing; null = held elsewhere. A killed process holds none. Fails where the file system has no locks.</summary>
    IDisposable? TryLock(string path, bool shared);

    /// <summary>Whether the file has the owner and the group that are named; true as well where that cannot be told.</summary>
    bool HasOwner(string path, FileAccessRights rights) => true;

    /// <summary>The type of a file system that lies on another machine, where kernel locks and renames cannot be trusted; null for a local one.</summary>
    string? RemoteType(string path);

    /// <summary>What a file system is called that does not outlive a restart of the machine or the container; null for a lasting one, or where nothing can be told.</summary>
    string? TemporaryType(string path) => null;
}

internal enum FileEntryKind
{
    File,
    Folder,
    Link,
}

internal sealed record FileEntry(string Name, FileEntryKind Kind, UnixFileMode Mode, string? LinkTarget = null);

/// <param name="Error">Why <paramref name="Bytes"/> could not be read, or null.</param>
internal sealed record FileContent(string Name, UnixFileMode Mode, byte[] Bytes, string? Error = null)
{
    /// <summary>What is larger is none of the store's, whatever it is: a file without blocks, a core dump, an inode that decayed. All records are read into memory, and no array is as long as a file may be.</summary>
    public const int MaxBytes = 512 * 1024 * 1024;
}

internal sealed record FolderContent(UnixFileMode Mode, IReadOnlyList<FileContent> Files);

/// <param name="Group">The group that owns the file; null = the process's own.</param>
internal sealed record FileAccessRights(UnixFileMode Mode, string? Group = null)
{
    /// <summary>The user that owns the file; null = the process's own.</summary>
    public string? Owner { get; init; }

    /// <summary>No file rather than one with another owner or group, or with a wider mode.</summary>
    public bool MustBeGiven { get; init; }
}
