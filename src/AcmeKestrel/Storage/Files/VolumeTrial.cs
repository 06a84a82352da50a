namespace AcmeKestrel.Storage.Files;

/// <summary>Finds out by trying what the volume keeps of modes, links and locks: what a file system's type promises says little about how it was mounted.</summary>
internal static class VolumeTrial
{
    /// <param name="temporary">The folder to try in.</param>
    /// <param name="root">The folder that others would come through.</param>
    public static Volume Run(IFileSystem files, string temporary, string root)
    {
        var folder = Path.Combine(temporary, Guid.NewGuid().ToString("n"));
        var key = Path.Combine(folder, "privkey");
        try
        {
            files.CreateFolder(folder, FileModes.PrivateFolder);
            files.CreateFile(key, "x"u8, new FileAccessRights(FileModes.PrivateFile));
            return new Volume
            {
                KeyMode = files.ReadFile(key)?.Mode ?? FileModes.PrivateFile,
                FolderMode = files.Find(root)?.Mode ?? FileModes.PrivateFolder,
                ChangesModes = ChangesModes(files, key),
                HasLinks = files.TryCreateLink(Path.Combine(folder, "link"), "privkey"),
            };
        }
        finally
        {
            Remove(files, folder);
        }
    }

    /// <summary>Why locks keep no two processes apart, or null. A file that another process tries just now is held: so they do.</summary>
    public static string? FindLockFault(IFileSystem files, string path)
    {
        try
        {
            using var first = files.TryLock(path, shared: false);
            if (first is null) return null;
            using var second = files.TryLock(path, shared: false);
            return second is null ? null : $"One lock does not keep out another : '{path}'";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static bool ChangesModes(IFileSystem files, string key)
    {
        try
        {
            files.SetMode(key, FileModes.GroupFile);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Remove(IFileSystem files, string folder)
    {
        try
        {
            files.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start that is alone removes it.
        }
    }
}
