using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>
/// Files that the kernel has in memory, names and content: openat2(2) and preadv2(2) can be told to fail where they would have to wait for the disk. So they can be read on a thread that must not
/// block, which is sooner than another one is awake.
/// </summary>
internal static unsafe partial class AtHandFiles
{
    private const int FromHere = -100; // AT_FDCWD
    private const int OpenCall = 437; // openat2(2), the same on every machine
    private const nint AtOnce = 8; // RWF_NOWAIT
    private const ulong Cached = 0x20; // RESOLVE_CACHED
    private const ulong Below = 0x08 | 0x04 | 0x02; // RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS

    /// <summary>The number of preadv2(2); 0: it is not known here.</summary>
    private static readonly nint ReadCall = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 327,
        Architecture.Arm64 => 286,
        _ => 0,
    };

    /// <summary>These files of a folder; null where one is missing, is no regular file, or would have to be waited for.</summary>
    /// <param name="root">The path to it may have links.</param>
    /// <param name="folder">Its path from the root on, which has none.</param>
    public static FolderContent? TryRead(string root, string folder, IReadOnlyList<string> names)
    {
        if (ReadCall == 0) return null;

        using var top = Open(FromHere, root, PosixFlags.Folder, Cached);
        if (top.IsInvalid) return null;

        using var opened = Open(top, folder, PosixFlags.Folder);
        if (opened.IsInvalid || Posix.FindStatus(opened) is not { } status) return null;

        var files = new FileContent[names.Count];
        for (var place = 0; place < files.Length; place++)
        {
            if (TryRead(opened, names[place]) is not { } file) return null;
            files[place] = file;
        }

        return new FolderContent(status.Mode, files);
    }

    private static FileContent? TryRead(SafeFileHandle folder, string name)
    {
        using var file = Open(folder, name, PosixFlags.ReadFile);
        if (file.IsInvalid || Posix.FindStatus(file) is not { Kind: FileEntryKind.File, Length: <= FileContent.MaxBytes } status) return null;

        var bytes = new byte[status.Length];
        fixed (byte* start = bytes)
        {
            var space = new Space(start, bytes.Length);
            return Read(ReadCall, file, &space, 1, 0, 0, AtOnce) == bytes.Length ? new FileContent(name, status.Mode, bytes) : null;
        }
    }

    private static SafeFileHandle Open(SafeFileHandle folder, string path, int flags) => Open((int)folder.DangerousGetHandle(), path, flags, Cached | Below);

    private static SafeFileHandle Open(int folder, string path, int flags, ulong resolve)
    {
        var how = new How((ulong)flags, 0, resolve);
        return new SafeFileHandle(Open(OpenCall, folder, path, &how, sizeof(How)), ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "syscall", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(nint number, nint folder, string path, How* how, nint size);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Read(nint number, SafeFileHandle file, Space* spaces, nint count, nint offset, nint offsetHigh, nint flags);

    /// <summary><c>struct open_how</c>.</summary>
    private readonly record struct How(ulong Flags, ulong Mode, ulong Resolve);

    /// <summary><c>struct iovec</c>.</summary>
    private readonly struct Space(byte* start, nint length)
    {
        public readonly byte* Start = start;
        public readonly nint Length = length;
    }
}
