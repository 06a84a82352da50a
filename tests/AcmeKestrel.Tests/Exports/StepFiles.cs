using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Exports;

/// <summary>This machine's files, with something before and after each step that changes one.</summary>
internal sealed class StepFiles(IFileSystem files, Action<string, string> atStep) : IFileSystem
{
    public FileEntry? Find(string path) => files.Find(path);

    public IReadOnlyList<FileEntry> List(string folder) => files.List(folder);

    public IEnumerable<string> ListNames(string folder) => files.ListNames(folder);

    public FileContent? ReadFile(string path) => files.ReadFile(path);

    public Stream? OpenFile(string path) => files.OpenFile(path);

    public FolderContent? ReadFolder(string path) => files.ReadFolder(path);

    public bool HasOwner(string path, FileAccessRights rights) => files.HasOwner(path, rights);

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        atStep("before create", path);
        var granted = files.CreateFile(path, content, rights);
        atStep("after create", path);
        return granted;
    }

    public void Sync(string path)
    {
        atStep("before sync", path);
        files.Sync(path);
    }

    public void Rename(string from, string to)
    {
        atStep("before rename", from);
        files.Rename(from, to);
        atStep("after rename", to);
    }

    public void Delete(string path)
    {
        atStep("before delete", path);
        files.Delete(path);
    }

    public void CreateFolder(string path, UnixFileMode mode) => throw new NotSupportedException();

    public long AppendFile(string path, ReadOnlySpan<byte> content) => throw new NotSupportedException();

    public bool TryCreateLink(string path, string target) => throw new NotSupportedException();

    public bool TryExchange(string one, string other) => throw new NotSupportedException();

    public void SetMode(string path, UnixFileMode mode) => throw new NotSupportedException();

    public IDisposable? TryLock(string path, bool shared) => throw new NotSupportedException();

    public string? RemoteType(string path) => files.RemoteType(path);
}
