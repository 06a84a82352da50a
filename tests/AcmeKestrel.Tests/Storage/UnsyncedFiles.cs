using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>This machine's files, never synced: a state that is thrown away need not survive a crash, and 10,000 certificates would be 90,000 times fsync.</summary>
internal sealed class UnsyncedFiles(IFileSystem files) : IFileSystem
{
    public FileEntry? Find(string path) => files.Find(path);

    public IReadOnlyList<FileEntry> List(string folder) => files.List(folder);

    public IEnumerable<string> ListNames(string folder) => files.ListNames(folder);

    public long AppendFile(string path, ReadOnlySpan<byte> content) => files.AppendFile(path, content);

    public FileContent? ReadFile(string path) => files.ReadFile(path);

    public FolderContent? ReadFolder(string path) => files.ReadFolder(path);

    public void CreateFolder(string path, UnixFileMode mode) => files.CreateFolder(path, mode);

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights) => files.CreateFile(path, content, rights);

    public bool TryCreateLink(string path, string target) => files.TryCreateLink(path, target);

    public void Sync(string path)
    {
    }

    public void Rename(string from, string to) => files.Rename(from, to);

    public bool TryExchange(string one, string other) => files.TryExchange(one, other);

    public void Delete(string path) => files.Delete(path);

    public void SetMode(string path, UnixFileMode mode) => files.SetMode(path, mode);

    public IDisposable? TryLock(string path, bool shared) => files.TryLock(path, shared);

    public string? RemoteType(string path) => files.RemoteType(path);
}
