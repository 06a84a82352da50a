using System.IO.Enumeration;
using System.Runtime.Versioning;
using AcmeKestrel.Storage.Files.Kernel;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Linux's and macOS's. Looking (<see cref="Find"/>, the names of <see cref="List"/>) goes by path; whatever reads or changes something goes from folder to folder by descriptors that are no links,
/// so nobody who may write below the state directory can put a stranger's file in the place of ours, at no moment.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PosixFileSystem(string root) : IFileSystem
{
    private const int ReadAttempts = 100;
    private readonly string _below = root.TrimEnd('/') + '/';

    public FileEntry? Find(string path) => LocalFileSystem.Find(path);

    public IReadOnlyList<FileEntry> List(string folder)
    {
        try
        {
            using var pinned = OpenFolder(folder);
            return [.. new DirectoryInfo(Enumerable(pinned, folder)).EnumerateFileSystemInfos().Select(LocalFileSystem.Describe)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    public IEnumerable<string> ListNames(string folder)
    {
        if (TryOpenFolder(folder) is not { } pinned) yield break;
        using (pinned)
        {
            var names = FolderNames.IsSupported
                ? FolderNames.Read(pinned, folder)
                : new FileSystemEnumerable<string>(Enumerable(pinned, folder), (ref FileSystemEntry entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0 });
            foreach (var name in names) yield return name;
        }
    }

    public FileContent? ReadFile(string path)
    {
        try
        {
            using var folder = OpenFolder(Parent(path));
            return Read(folder, path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public Stream? OpenFile(string path)
    {
        try
        {
            using var folder = OpenFolder(Parent(path));
            return new FileStream(Posix.OpenAt(folder, path, PosixFlags.ReadFile), FileAccess.Read, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public FolderContent? ReadFolder(string path)
    {
        for (var attempt = 1; attempt <= ReadAttempts; attempt++)
        {
            if (TryOpenFolder(path) is not { } folder) return null;
            using (folder)
            {
                if (TryRead(folder, path) is { } content) return content;
            }
        }

        throw new IOException($"The folder changes faster than it can be read : '{path}'");
    }

    public FolderContent? TryReadAtHand(string folder, IReadOnlyList<string> names) => IsBelow(folder) ? AtHandFiles.TryRead(root, folder[_below.Length..], names) : null;

    public void CreateFolder(string path, UnixFileMode mode)
    {
        using var parent = OpenFolder(Parent(path));
        if (!Posix.TryCreateFolder(parent, path, mode)) return;

        using var made = Posix.OpenAt(parent, path, PosixFlags.Folder | PosixFlags.NoFollow);
        Give(made, mode); // The umask may have taken bits.
    }

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        using var parent = OpenFolder(Parent(path));
        using var file = Posix.OpenAt(parent, path, PosixFlags.NewFile, rights is { Group: null, Owner: null } ? rights.Mode : rights.Mode & FileModes.PrivateFile);

        // Group access comes after the group: nobody of the old group may read it in between. The content comes last.
        if (rights.MustBeGiven)
        {
            PosixOwner.Give(file, path, rights);
            RandomAccess.Write(file, content, 0);
            return true;
        }

        var granted = rights.Group is null || (Posix.FindGroup(rights.Group) is { } group && Posix.TrySetGroup(file, group));
        Give(file, granted ? rights.Mode : FileModes.PrivateFile);
        RandomAccess.Write(file, content, 0);
        return granted;
    }

    public long AppendFile(string path, ReadOnlySpan<byte> content)
    {
        using var parent = OpenFolder(Parent(path));
        using var file = Posix.OpenAt(parent, path, PosixFlags.GrowingFile, FileModes.PrivateFile);
        RandomAccess.Write(file, content, RandomAccess.GetLength(file));
        return RandomAccess.GetLength(file);
    }

    public bool HasOwner(string path, FileAccessRights rights)
    {
        using var parent = OpenFolder(Parent(path));
        using var file = Posix.OpenAt(parent, path, PosixFlags.ReadFile);
        return PosixOwner.Has(file, rights);
    }

    public bool TryCreateLink(string path, string target)
    {
        using var parent = OpenFolder(Parent(path));
        return Posix.TryCreateLink(parent, path, target);
    }

    public void Sync(string path)
    {
        using var opened = Open(path);
        Posix.Sync(opened, path);
    }

    public void Rename(string from, string to)
    {
        using var source = OpenFolder(Parent(from));
        using var target = OpenFolder(Parent(to));
        Posix.Rename(source, from, target, to);
    }

    public bool TryExchange(string one, string other)
    {
        using var first = OpenFolder(Parent(one));
        using var second = OpenFolder(Parent(other));
        return Posix.TryExchange(first, one, second, other);
    }

    public void Delete(string path)
    {
        if (TryOpenFolder(Parent(path)) is not { } parent) return;
        using (parent) Delete(parent, path);
    }

    public void SetMode(string path, UnixFileMode mode)
    {
        using var opened = Open(path);
        File.SetUnixFileMode(opened, mode);
        if (File.GetUnixFileMode(opened) is var kept && kept != mode) throw new IOException($"Its volume keeps the mode {kept} : '{path}'");
    }

    /// <summary>flock(2) ends with the descriptor, so with the process. It is called here: .NET's own locks can be switched off, and say nothing where there are none.</summary>
    public IDisposable? TryLock(string path, bool shared)
    {
        using var parent = OpenFolder(Parent(path));
        var file = Posix.OpenAt(parent, path, PosixFlags.LockFile, FileModes.PrivateFile);
        try
        {
            Give(file, FileModes.PrivateFile);
            if (Posix.TryLock(file, path, shared)) return new KernelLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    public string? RemoteType(string path) => Posix.RemoteType(path);

    public string? TemporaryType(string path) => Posix.TemporaryType(path);

    /// <summary>Null when the folder was moved away meanwhile. The descriptor holds on to one folder, and /proc tells where that lies by now; without /proc its names must have stayed the same.</summary>
    private static FolderContent? TryRead(SafeFileHandle folder, string path)
    {
        try
        {
            var names = Names(folder, path);
            var files = names.Select(name => ReadInside(folder, Path.Combine(path, name))).OfType<FileContent>().ToList();
            var stayed = Posix.FindPlace(folder) is { } place ? Path.GetFileName(place) == Path.GetFileName(path) : NamesAt(path).SequenceEqual(names, StringComparer.Ordinal);
            return stayed ? new FolderContent(File.GetUnixFileMode(folder), files) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Exchanged and removed between two of its files: what is at the path now is whole.
            return null;
        }
    }

    /// <summary>Null for what is no file.</summary>
    private static FileContent? ReadInside(SafeFileHandle folder, string path)
    {
        try
        {
            return Read(folder, path);
        }
        catch (Exception e) when ((e is UnauthorizedAccessException || e.GetType() == typeof(IOException)) && !FileErrors.MayPass(e))
        {
            return Find(path) is FileEntryKind.Folder ? null : new FileContent(Path.GetFileName(path), FileModes.PrivateFile, [], e.Message);
        }

        static FileEntryKind? Find(string path) => LocalFileSystem.Find(path)?.Kind;
    }

    /// <summary>Not blocking, for the place of a file may be taken by a pipe.</summary>
    private static FileContent Read(SafeFileHandle folder, string path)
    {
        using var file = Posix.OpenAt(folder, path, PosixFlags.ReadFile);
        var status = Posix.FindStatus(file);
        if (status is { Kind: not FileEntryKind.File }) throw NoFile(path);
        try
        {
            var length = status?.Length ?? RandomAccess.GetLength(file);
            if (length > FileContent.MaxBytes) throw new IOException($"It has {length} bytes, and no file of a record has more than {FileContent.MaxBytes}");

            return new FileContent(Path.GetFileName(path), status?.Mode ?? File.GetUnixFileMode(file), ReadAll(file, length));
        }
        catch (NotSupportedException)
        {
            throw NoFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{e.Message} : '{path}'", e);
        }
    }

    private static IOException NoFile(string path) => new($"It is no regular file : '{path}'");

    /// <param name="expected">How long it is, where nobody writes to it meanwhile.</param>
    private static byte[] ReadAll(SafeFileHandle file, long expected)
    {
        // One byte more than is expected shows the end without another call.
        var bytes = new byte[expected + 1];
        var length = 0;
        while (RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
            if (length == expected) break;
            if (length == bytes.Length) Array.Resize(ref bytes, bytes.Length * 2);
        }

        Array.Resize(ref bytes, length);
        return bytes;
    }

    private static void Delete(SafeFileHandle parent, string path)
    {
        if (Posix.TryDelete(parent, path)) return;

        using (var folder = Posix.OpenAt(parent, path, PosixFlags.Folder | PosixFlags.NoFollow))
        {
            foreach (var name in Names(folder, path)) Delete(folder, Path.Combine(path, name));
        }

        Posix.DeleteFolder(parent, path);
    }

    /// <param name="folder">Just opened.</param>
    private static List<string> Names(SafeFileHandle folder, string path) => FolderNames.IsSupported ? [.. FolderNames.Read(folder, path).Order(StringComparer.Ordinal)] : NamesAt(Enumerable(folder, path));

    private static List<string> NamesAt(string path) => [.. Directory.EnumerateFileSystemEntries(path + '/').Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    /// <summary>A path that leads to this very folder where there is /proc (it is closed to a program with file capabilities), else the one it was opened by.</summary>
    private static string Enumerable(SafeFileHandle folder, string path)
    {
        if (!OperatingSystem.IsLinux()) return path;
        var pinned = $"/proc/self/fd/{folder.DangerousGetHandle()}";
        return Directory.Exists(pinned) ? pinned : path;
    }

    /// <summary>What a volume refuses here, or takes without effect, is told once when the state is opened (<see cref="VolumeTrial"/>).</summary>
    private static void Give(SafeFileHandle file, UnixFileMode mode)
    {
        if (File.GetUnixFileMode(file) == mode) return;
        try
        {
            File.SetUnixFileMode(file, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private SafeFileHandle Open(string path)
    {
        if (!IsBelow(path)) return Posix.Open(path, PosixFlags.Folder);
        using var parent = OpenFolder(Parent(path));
        return Posix.OpenAt(parent, path, PosixFlags.ReadFile);
    }

    private SafeFileHandle? TryOpenFolder(string path)
    {
        try
        {
            return OpenFolder(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private SafeFileHandle OpenFolder(string path)
    {
        if (!IsBelow(path)) return Posix.Open(path, PosixFlags.Folder);
        using var parent = OpenFolder(Parent(path));
        return Posix.OpenAt(parent, path, PosixFlags.Folder | PosixFlags.NoFollow);
    }

    private bool IsBelow(string path) => path.StartsWith(_below, StringComparison.Ordinal);

    private static string Parent(string path) => Path.GetDirectoryName(path) ?? "/";
}
