using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>A state directory that an earlier version wrote (README.md beside it).</summary>
internal static class EarlierState
{
    private static string Folder { get; } = Path.Combine(Repository.Root, "tests", "AcmeKestrel.Tests", "Upgrades");

    /// <summary>By the dates of the versions.</summary>
    public static IEnumerable<string> All => Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>With the links, and with the modes that the store gave its files: a checkout has others.</summary>
    public static void CopyTo(string version, string path) => Copy(Path.Combine(Folder, version), path, FileModes.PublicFolder);

    /// <summary>What lies there, as paths from it: files with their text, links with where they lead. Nobody can read what is locked, and nothing is kept there.</summary>
    public static Dictionary<string, string> Read(string path) => Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories)
        .Where(entry => (!Directory.Exists(entry) || IsLink(entry)) && Path.GetFileName(Path.GetDirectoryName(entry)) is not "locks")
        .ToDictionary(entry => Path.GetRelativePath(path, entry), entry => IsLink(entry) ? "-> " + new FileInfo(entry).LinkTarget : File.ReadAllText(entry));

    private static void Copy(string from, string to, UnixFileMode mode)
    {
        Directory.CreateDirectory(to, mode);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from))
        {
            var (name, copy) = (Path.GetFileName(entry), Path.Combine(to, Path.GetFileName(entry)));
            if (IsLink(entry))
            {
                File.CreateSymbolicLink(copy, new FileInfo(entry).LinkTarget!);
            }
            else if (Directory.Exists(entry))
            {
                var isPublic = name is "certs" or "desired" or "want" || (mode is FileModes.PublicFolder && Path.GetFileName(from) is "certs");
                Copy(entry, copy, isPublic ? FileModes.PublicFolder : FileModes.PrivateFolder);
            }
            else
            {
                File.Copy(entry, copy);
                File.SetUnixFileMode(copy, mode is FileModes.PublicFolder && name is not "privkey" ? FileModes.PublicFile : FileModes.PrivateFile);
            }
        }
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;
}
