using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Kernel;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>By the kernel's own word where it has one.</summary>
internal sealed class FileFactsReader : IFileFacts
{
    public uint? User { get; } = OperatingSystem.IsWindows() ? null : Posix.EffectiveUser;

    public FileFacts? Find(string path)
    {
        if (Posix.TellsStatus) return Posix.FindStatus(path) is { } status ? new FileFacts(status.Kind == FileEntryKind.Folder, status.User, status.Mode, status.Kind == FileEntryKind.Link ? new FileInfo(path).LinkTarget : null) : null;

        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (entry.LinkTarget is { } target) return new FileFacts(IsFolder: false, null, UnixFileMode.None, target);
        return entry.Exists ? new FileFacts(entry is DirectoryInfo, null, OperatingSystem.IsWindows() ? UnixFileMode.None : entry.UnixFileMode) : null;
    }

    public IReadOnlyList<string>? List(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
