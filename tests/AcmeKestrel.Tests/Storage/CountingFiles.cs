using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Counts what is read of a file system.</summary>
internal sealed class CountingFiles(IFileSystem inner) : IFileSystem
{
    private int _entries;
    private int _reads;

    /// <summary>Entries that lists of folders gave.</summary>
    public int Entries => _entries;

    /// <summary>Files and folders that were read.</summary>
    public int Reads => _reads;

    public FileEntry? Find(string path) => inner.Find(path);

    public IReadOnlyList<FileEntry> List(string folder)
    {
        var entries = inner.List(folder);
        Interlocked.Add(ref _entries, entries.Count);
        return entries;
    }

    public IEnumerable<string> ListNames(string folder)
    {
        foreach (var name in inner.ListNames(folder))
        {
            Interlocked.Increment(ref _entries);
            yield return name;
        }
    }

    /// <summary>Bytes.</summary>
    public int LargestAppend { get; private set; }

    public long AppendFile(string path, ReadOnlySpan<byte> content)
    {
        LargestAppend = Math.Max(LargestAppend, content.Length);
        return inner.AppendFile(path, content);
    }

    public FileContent? ReadFile(string path)
    {
        Interlocked.Increment(ref _reads);
        return inner.ReadFile(path);
    }

    public FolderContent? ReadFolder(string path)
    {
        Interlocked.Increment(ref _reads);
        return inner.ReadFolder(path);
    }

    public void CreateFolder(string path, UnixFileMode mode) => inner.CreateFolder(path, mode);

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights) => inner.CreateFile(path, content, rights);

    public bool TryCreateLink(string path, string target) => inner.TryCreateLink(path, target);

    public void Sync(string path) => inner.Sync(path);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public bool TryExchange(string one, string other) => inner.TryExchange(one, other);

    public void Delete(string path) => inner.Delete(path);

    public void SetMode(string path, UnixFileMode mode) => inner.SetMode(path, mode);

    public IDisposable? TryLock(string path, bool shared) => inner.TryLock(path, shared);

    public string? RemoteType(string path) => inner.RemoteType(path);

    public string? Temporary { get; init; }

    /// <summary>How often it was asked on what a path lies.</summary>
    public int TypesAsked { get; private set; }

    public string? TemporaryType(string path)
    {
        TypesAsked++;
        return Temporary;
    }
}
