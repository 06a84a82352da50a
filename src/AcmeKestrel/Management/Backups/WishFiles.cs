using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Management.Backups;

/// <summary>The files of <c>desired/</c> and <c>want/</c> as whoever follows the wishes reads them: the operator's links are followed (Kubernetes mounts files as links), and a folder may be one.</summary>
internal static class WishFiles
{
    /// <summary>A file that is longer is no wish.</summary>
    private const int Longest = 1 << 20;

    /// <param name="root">The state directory of this machine, whatever store the state is in.</param>
    public static IEnumerable<BackupItem> Read(string root)
    {
        // One byte more than is allowed shows that it is too much. For all files.
        var content = new byte[Longest + 1];
        foreach (var folder in BackupPaths.WishFolders)
        {
            var (names, fault) = NamesIn(root, folder);
            if (fault is not null) yield return fault;

            foreach (var name in names) yield return Read(root, folder, name, content);
        }
    }

    private static (IReadOnlyList<string> Names, BackupItem.Damaged? Fault) NamesIn(string root, string folder)
    {
        try
        {
            return ([.. Directory.GetFiles(Path.Combine(root, folder)).Select(Path.GetFileName).OfType<string>().Where(name => BackupPaths.PlaceOf($"{folder}/{name}") is BackupPlace.OfWish).Order(StringComparer.Ordinal)], null);
        }
        catch (DirectoryNotFoundException)
        {
            return ([], null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return ([], new BackupItem.Damaged($"{folder}: {unreadable.Message}"));
        }
    }

    private static BackupItem Read(string root, string folder, string name, byte[] content)
    {
        try
        {
            var length = OperatorFile.Read(Path.Combine(root, folder, name), content);
            return length <= Longest ? new BackupItem.Wish(folder, name, content.AsSpan(0, length).ToArray()) : new BackupItem.Damaged($"{folder}/{name}: it is larger than {Longest} bytes, and is no wish");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new BackupItem.Damaged($"{folder}/{name}: {unreadable.Message}");
        }
    }
}
