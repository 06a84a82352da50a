using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A file system beside which something else happens between two steps.</summary>
internal sealed class HookedFiles(IFileSystem inner) : IFileSystem
{
    public Action<string>? BeforeCreateFile { get; set; }

    public Action? AfterRename { get; set; }

    public Action? OnHeld { get; set; }

    public bool CanExchange { get; init; } = true;

    /// <summary>With the path that is looked at or read.</summary>
    public Action<string>? BeforeLook { get; set; }

    public FileEntry? Find(string path)
    {
        BeforeLook?.Invoke(path);
        return inner.Find(path);
    }

    public IReadOnlyList<FileEntry> List(string folder) => inner.List(folder);

    public IEnumerable<string> ListNames(string folder) => inner.ListNames(folder);

    public Action? BeforeAppend { get; set; }

    public long AppendFile(string path, ReadOnlySpan<byte> content)
    {
        BeforeAppend?.Invoke();
        return inner.AppendFile(path, content);
    }

    public FileContent? ReadFile(string path)
    {
        BeforeLook?.Invoke(path);
        return inner.ReadFile(path);
    }

    public Action? BeforeReadFolder { get; set; }

    public FolderContent? ReadFolder(string path)
    {
        BeforeReadFolder?.Invoke();
        BeforeLook?.Invoke(path);
        return inner.ReadFolder(path);
    }

    public void CreateFolder(string path, UnixFileMode mode) => inner.CreateFolder(path, mode);

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        BeforeCreateFile?.Invoke(path);
        return inner.CreateFile(path, content, rights);
    }

    public bool TryCreateLink(string path, string target) => inner.TryCreateLink(path, target);

    public void Sync(string path) => inner.Sync(path);

    public void Rename(string from, string to)
    {
        inner.Rename(from, to);
        AfterRename?.Invoke();
    }

    public bool TryExchange(string one, string other) => CanExchange && inner.TryExchange(one, other);

    public void Delete(string path) => inner.Delete(path);

    public void SetMode(string path, UnixFileMode mode) => inner.SetMode(path, mode);

    public IDisposable? TryLock(string path, bool shared)
    {
        var taken = inner.TryLock(path, shared);
        if (taken is null) OnHeld?.Invoke();
        return taken;
    }

    public string? RemoteType(string path) => inner.RemoteType(path);
}
