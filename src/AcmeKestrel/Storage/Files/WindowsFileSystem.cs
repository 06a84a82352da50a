namespace AcmeKestrel.Storage.Files;

/// <summary>Folders cannot be synced, exchanged or given modes here: the profile folder's access list protects the keys.</summary>
internal sealed class WindowsFileSystem : IFileSystem
{
    private const int ReadAttempts = 100;
    private const int SharingViolation = 32;
    private const int PrivilegeNotHeld = 1314;

    public FileEntry? Find(string path) => LocalFileSystem.Find(path);

    public IReadOnlyList<FileEntry> List(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(LocalFileSystem.Describe)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    public IEnumerable<string> ListNames(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    public long AppendFile(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(content);
        return file.Length;
    }

    public FileContent? ReadFile(string path)
    {
        try
        {
            return new FileContent(Path.GetFileName(path), FileModes.PrivateFile, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public FolderContent? ReadFolder(string path)
    {
        for (var attempt = 1; attempt <= ReadAttempts; attempt++)
        {
            if (!Directory.Exists(path)) return null;
            try
            {
                return new FolderContent(FileModes.PrivateFolder, [.. Directory.EnumerateFiles(path).Select(Read)]);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Removed between two of its files: what is at the path now is whole.
            }
        }

        throw new IOException($"The folder changes faster than it can be read : '{path}'");
    }

    public void CreateFolder(string path, UnixFileMode mode) => Directory.CreateDirectory(path);

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        if (rights is { MustBeGiven: true } and not { Owner: null, Group: null }) throw new IOException($"Windows knows no owner and no group of this kind: leave them out : '{path}'");

        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        return true;
    }

    public bool TryCreateLink(string path, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && (e.HResult & 0xFFFF) == PrivilegeNotHeld))
        {
            return false;
        }
    }

    public void Sync(string path)
    {
        if (!File.Exists(path)) return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    public void Rename(string from, string to)
    {
        if (Find(from) is { Kind: FileEntryKind.File })
        {
            File.Move(from, to, overwrite: true);
            return;
        }

        if (Find(to) is { Kind: FileEntryKind.Link }) Directory.Delete(to);
        Directory.Move(from, to);
    }

    public bool TryExchange(string one, string other) => false;

    public void Delete(string path)
    {
        switch (Find(path)?.Kind)
        {
            case FileEntryKind.Folder:
                Directory.Delete(path, recursive: true);
                break;
            case FileEntryKind.Link:
                Directory.Delete(path);
                break;
            case FileEntryKind.File:
                File.Delete(path);
                break;
        }
    }

    public void SetMode(string path, UnixFileMode mode)
    {
    }

    public IDisposable? TryLock(string path, bool shared)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, shared ? FileAccess.Read : FileAccess.ReadWrite, shared ? FileShare.Read : FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException) && (e.HResult & 0xFFFF) == SharingViolation)
        {
            return null;
        }
    }

    public string? RemoteType(string path) => null;

    private static FileContent Read(string path)
    {
        try
        {
            return new FileContent(Path.GetFileName(path), FileModes.PrivateFile, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e.GetType() == typeof(IOException) && !FileErrors.MayPass(e)))
        {
            return new FileContent(Path.GetFileName(path), FileModes.PrivateFile, [], e.Message);
        }
    }
}
