using System.Runtime.Versioning;

namespace AcmeKestrel.Storage.Files;

/// <summary>The real one. On Windows folders cannot be synced, exchanged or given modes: the profile folder's access list protects the keys there.</summary>
internal sealed class LocalFileSystem : IFileSystem
{
    private const int ReadAttempts = 100;

    public FileEntry? Find(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null || file.Exists) return Describe(file);
        var folder = new DirectoryInfo(path);
        return folder.Exists ? Describe(folder) : null;
    }

    public IReadOnlyList<FileEntry> List(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(Describe)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    public byte[]? ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public IReadOnlyList<FileContent>? ReadFolder(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (!Directory.Exists(path)) return null;
            try
            {
                if (ReadPinned(path) is { } files) return files;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && attempt < ReadAttempts)
            {
                // Exchanged and removed between two of its files: what is at the path now is whole.
            }

            if (attempt == ReadAttempts) throw new IOException($"The folder changes faster than it can be read : '{path}'");
        }
    }

    public void CreateFolder(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, mode);
        SetMode(path, mode); // The umask may have taken bits; it never adds any.
    }

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = rights.Mode & FileModes.PrivateFile;

        using var file = new FileStream(path, options);
        file.Write(content);
        if (OperatingSystem.IsWindows()) return true;

        if (rights.Group is null)
        {
            File.SetUnixFileMode(file.SafeFileHandle, rights.Mode);
            return true;
        }

        // Group access comes after the group: nobody of the old group may read it in between.
        var granted = Posix.FindGroup(rights.Group) is { } group && Posix.TrySetGroup(file.SafeFileHandle, group, path);
        File.SetUnixFileMode(file.SafeFileHandle, granted ? rights.Mode : FileModes.PrivateFile);
        return granted;
    }

    public void CreateLink(string path, string target) => Directory.CreateSymbolicLink(path, target);

    public void Sync(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Posix.Sync(path);
        }
        else if (File.Exists(path))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Flush(flushToDisk: true);
        }
    }

    public void Rename(string from, string to)
    {
        if (!OperatingSystem.IsWindows())
        {
            Posix.Rename(from, to);
        }
        else if (Find(from) is { Kind: FileEntryKind.File })
        {
            File.Move(from, to, overwrite: true);
        }
        else
        {
            if (Find(to) is { Kind: FileEntryKind.Link }) Directory.Delete(to);
            Directory.Move(from, to);
        }
    }

    public bool TryExchange(string one, string other) => !OperatingSystem.IsWindows() && Posix.TryExchange(one, other);

    public void Delete(string path)
    {
        switch (Find(path)?.Kind)
        {
            case FileEntryKind.Folder:
                Directory.Delete(path, recursive: true);
                break;
            case FileEntryKind.Link when OperatingSystem.IsWindows():
                Directory.Delete(path);
                break;
            case not null:
                File.Delete(path);
                break;
        }
    }

    public void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    /// <summary>FileShare is flock(2) on POSIX: it ends with the descriptor, so with the process.</summary>
    public IDisposable? TryLock(string path, bool shared)
    {
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = shared ? FileAccess.Read : FileAccess.ReadWrite,
                Share = shared ? FileShare.Read : FileShare.None,
            };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileModes.PrivateFile;
            return new FileStream(path, options);
        }
        catch (IOException e) when (IsHeldElsewhere(e))
        {
            return null;
        }
    }

    public string? RemoteType(string path) => OperatingSystem.IsWindows() ? null : Posix.RemoteType(path);

    /// <summary>EWOULDBLOCK on POSIX (11 on Linux, 35 on macOS), ERROR_SHARING_VIOLATION on Windows; .NET keeps them in HResult.</summary>
    private static bool IsHeldElsewhere(IOException e) =>
        e.GetType() == typeof(IOException) && (OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) == 32 : e.HResult is 11 or 35);

    /// <summary>Null when the folder was moved away meanwhile. On Linux the descriptor holds on to one folder, and /proc tells where that lies by now.</summary>
    private static List<FileContent>? ReadPinned(string path)
    {
        if (!OperatingSystem.IsLinux()) return ReadFiles(path, path);

        using var pin = new Pin(path);
        if (!Directory.Exists(pin.Path)) return ReadFiles(path, path); // no /proc

        var files = ReadFiles(pin.Path, path);
        return Path.GetFileName(new FileInfo(pin.Path).LinkTarget) == Path.GetFileName(path) ? files : null;
    }

    private static List<FileContent> ReadFiles(string folder, string shownAs)
    {
        var files = new List<FileContent>();
        foreach (var path in Directory.EnumerateFiles(folder + Path.DirectorySeparatorChar))
        {
            var name = Path.GetFileName(path);
            var mode = OperatingSystem.IsWindows() ? FileModes.PrivateFile : File.GetUnixFileMode(path);
            try
            {
                files.Add(new FileContent(name, mode, File.ReadAllBytes(path)));
            }
            catch (Exception e) when (e is UnauthorizedAccessException || e.GetType() == typeof(IOException))
            {
                files.Add(new FileContent(name, mode, [], $"{e.Message.Replace(path, Path.Combine(shownAs, name), StringComparison.Ordinal)}"));
            }
        }

        return files;
    }

    private static FileEntry Describe(FileSystemInfo entry)
    {
        var kind = entry.LinkTarget is not null ? FileEntryKind.Link : entry is DirectoryInfo ? FileEntryKind.Folder : FileEntryKind.File;
        return new FileEntry(entry.Name, kind, OperatingSystem.IsWindows() || kind == FileEntryKind.Link ? FileModes.PrivateFile : entry.UnixFileMode, entry.LinkTarget);
    }

    [SupportedOSPlatform("linux")]
    private sealed class Pin(string path) : IDisposable
    {
        private readonly int _descriptor = Posix.Open(path);

        public string Path => $"/proc/self/fd/{_descriptor}";

        public void Dispose() => Posix.Close(_descriptor);
    }
}
