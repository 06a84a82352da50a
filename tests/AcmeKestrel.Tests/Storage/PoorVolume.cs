using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A file system as some mounts have it: the modes of every file and folder are the mount's.</summary>
internal sealed class PoorVolume(IFileSystem inner) : IFileSystem
{
    /// <summary>What every file has; null = what was asked for.</summary>
    public UnixFileMode? FileMode { get; init; }

    public UnixFileMode? FolderMode { get; init; }

    /// <summary>What chmod answers; null = it succeeds without effect.</summary>
    public string? ModeFault { get; init; } = "Operation not permitted";

    public bool HasLinks { get; init; }

    /// <summary>What flock answers.</summary>
    public string? LockFault { get; init; }

    /// <summary>flock always succeeds.</summary>
    public bool LocksNothing { get; init; }

    public bool IsReadOnly { get; set; }

    public FileEntry? Find(string path) => inner.Find(path) is { } entry ? entry with { Mode = (entry.Kind == FileEntryKind.Folder ? FolderMode : FileMode) ?? entry.Mode } : null;

    public IReadOnlyList<FileEntry> List(string folder) => inner.List(folder);

    public IEnumerable<string> ListNames(string folder) => inner.ListNames(folder);

    public long AppendFile(string path, ReadOnlySpan<byte> content) => inner.AppendFile(path, content);

    public FileContent? ReadFile(string path) => inner.ReadFile(path) is { } file ? Shown(file) : null;

    public FolderContent? ReadFolder(string path) => inner.ReadFolder(path) is { } folder ? new FolderContent(FolderMode ?? folder.Mode, [.. folder.Files.Select(Shown)]) : null;

    public void CreateFolder(string path, UnixFileMode mode)
    {
        CheckWritable(path);
        inner.CreateFolder(path, mode);
    }

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        CheckWritable(path);
        return inner.CreateFile(path, content, rights with { Group = null }) && rights.Group is null;
    }

    public bool TryCreateLink(string path, string target) => HasLinks && inner.TryCreateLink(path, target);

    public void Sync(string path) => inner.Sync(path);

    public void Rename(string from, string to)
    {
        CheckWritable(to);
        inner.Rename(from, to);
    }

    public bool TryExchange(string one, string other) => inner.TryExchange(one, other);

    public void Delete(string path) => inner.Delete(path);

    public void SetMode(string path, UnixFileMode mode) => throw new IOException($"{ModeFault ?? "Its volume keeps another mode"} : '{path}'");

    public IDisposable? TryLock(string path, bool shared)
    {
        if (LockFault is not null) throw new IOException($"{LockFault} : '{path}' (flock)");
        return LocksNothing ? new MemoryStream() : inner.TryLock(path, shared);
    }

    public string? RemoteType(string path) => inner.RemoteType(path);

    private FileContent Shown(FileContent file) => file with { Mode = FileMode ?? file.Mode };

    private void CheckWritable(string path)
    {
        if (IsReadOnly) throw new IOException($"Read-only file system : '{path}'");
    }
}
