namespace AcmeKestrel.Storage.Files;

/// <summary>This machine's.</summary>
internal static class LocalFileSystem
{
    /// <param name="root">The state directory: the path to it is the operator's, links and all; what lies below it is not trusted.</param>
    public static IFileSystem Below(string root) => OperatingSystem.IsWindows() ? new WindowsFileSystem() : new PosixFileSystem(root);

    public static FileEntry? Find(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null || file.Exists) return Describe(file);
        var folder = new DirectoryInfo(path);
        return folder.Exists ? Describe(folder) : null;
    }

    public static FileEntry Describe(FileSystemInfo entry)
    {
        var kind = entry.LinkTarget is not null ? FileEntryKind.Link : entry is DirectoryInfo ? FileEntryKind.Folder : FileEntryKind.File;
        return new FileEntry(entry.Name, kind, OperatingSystem.IsWindows() || kind == FileEntryKind.Link ? FileModes.PrivateFile : entry.UnixFileMode, entry.LinkTarget);
    }
}
