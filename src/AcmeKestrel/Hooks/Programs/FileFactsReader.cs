using System.Runtime.InteropServices;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>By the kernel's own word where it has one: .NET tells no owner.</summary>
internal sealed partial class FileFactsReader : IFileFacts
{
    private const int FromHere = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int TypeModeAndOwner = 1 | 2 | 8; // STATX_TYPE, STATX_MODE, STATX_UID
    private const int KindMask = 0xF000; // S_IFMT
    private const int Folder = 0x4000; // S_IFDIR
    private const int Link = 0xA000; // S_IFLNK

    /// <summary>struct statx is alike on all platforms.</summary>
    private const int OwnerAt = 20;

    private const int ModeAt = 28;
    private const int Size = 256;

    public uint? User { get; } = OperatingSystem.IsWindows() ? null : NativeUser();

    /// <summary>statx(2) itself: older C libraries have no wrapper for it.</summary>
    private static nint? CallNumber => !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 332,
        Architecture.X86 or Architecture.Ppc64le => 383,
        Architecture.Arm or Architecture.Armv6 => 397,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 291,
        Architecture.S390x => 379,
        _ => null,
    };

    public FileFacts? Find(string path)
    {
        if (CallNumber is { } call) return FindByKernel(call, path);

        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (entry.LinkTarget is { } target) return new FileFacts(IsFolder: false, null, UnixFileMode.None, target);
        return entry.Exists ? new FileFacts(entry is DirectoryInfo, null, OperatingSystem.IsWindows() ? UnixFileMode.None : entry.UnixFileMode) : null;
    }

    public IReadOnlyList<string>? List(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static unsafe FileFacts? FindByKernel(nint call, string path)
    {
        var answer = stackalloc byte[Size];
        if (NativeLook(call, FromHere, path, NoFollow, TypeModeAndOwner, answer) != 0) return null;

        var (owner, mode) = (*(uint*)(answer + OwnerAt), *(ushort*)(answer + ModeAt));
        return new FileFacts((mode & KindMask) == Folder, owner, (UnixFileMode)(mode & 0xFFF), (mode & KindMask) == Link ? new FileInfo(path).LinkTarget : null);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint NativeUser();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint NativeLook(nint number, nint folder, string path, nint flags, nint mask, byte* answer);
}
