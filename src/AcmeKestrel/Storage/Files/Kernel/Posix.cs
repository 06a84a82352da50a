using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>The system calls that .NET has no API for. Those with a folder take the last part of the path in it; the whole path is for the message.</summary>
internal static partial class Posix
{
    private const uint ExchangeFlag = 2; // RENAME_EXCHANGE, and RENAME_SWAP on macOS
    private const int NoPermission = 1; // EPERM
    private const int NotFound = 2; // ENOENT
    private const int Interrupted = 4; // EINTR
    private const int NoAccess = 13; // EACCES
    private const int Exists = 17; // EEXIST
    private const int NoFolder = 20; // ENOTDIR
    private const int IsFolder = 21; // EISDIR
    private const int BufferTooSmall = 34; // ERANGE
    private const int LockShared = 1;
    private const int LockAlone = 2;
    private const int LockAtOnce = 4;
    private const int LockNoMore = 8;

    /// <summary>EWOULDBLOCK</summary>
    private static readonly int Held = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>ELOOP</summary>
    private static readonly int IsLink = OperatingSystem.IsMacOS() ? 62 : 40;

    /// <summary>What a volume without links says: ENOSYS, ENOTSUP, EOPNOTSUPP, and the two of permissions.</summary>
    private static readonly int[] NoLinks = OperatingSystem.IsMacOS() ? [NoPermission, NoAccess, 78, 45, 102] : [NoPermission, NoAccess, 38, 95];

    public static SafeFileHandle Open(string path, int flags) => Take(NativeOpen(path, flags, 0), path);

    public static SafeFileHandle OpenAt(SafeFileHandle folder, string path, int flags, UnixFileMode mode = 0) => Take(NativeOpenAt(folder, Path.GetFileName(path), flags, (int)mode), path);

    /// <summary>False where there is a folder already.</summary>
    public static bool TryCreateFolder(SafeFileHandle folder, string path, UnixFileMode mode)
    {
        if (NativeCreateFolder(folder, Path.GetFileName(path), (uint)mode) == 0) return true;
        return Marshal.GetLastPInvokeError() == Exists && Directory.Exists(path) ? false : throw Fault("mkdir", path);
    }

    public static bool TryCreateLink(SafeFileHandle folder, string path, string target)
    {
        if (NativeCreateLink(target, folder, Path.GetFileName(path)) == 0) return true;
        return NoLinks.Contains(Marshal.GetLastPInvokeError()) ? false : throw Fault("symlink", path);
    }

    /// <summary>rename(2): unlike File.Move and Directory.Move it replaces a link to a folder.</summary>
    public static void Rename(SafeFileHandle source, string from, SafeFileHandle target, string to)
    {
        if (NativeRename(source, Path.GetFileName(from), target, Path.GetFileName(to)) != 0) throw Fault("rename", to);
    }

    /// <summary>Swaps two paths; false where the file system or the kernel cannot, or one of them is gone.</summary>
    public static bool TryExchange(SafeFileHandle first, string one, SafeFileHandle second, string other)
    {
        if (OperatingSystem.IsMacOS()) return NativeRenameSwap(first, Path.GetFileName(one), second, Path.GetFileName(other), ExchangeFlag) == 0;

        // The call itself: musl before 1.2.6 has no wrapper for it.
        nint? number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 316,
            Architecture.X86 => 353,
            Architecture.Arm or Architecture.Armv6 => 382,
            Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 276,
            Architecture.Ppc64le => 357,
            Architecture.S390x => 347,
            _ => null,
        };
        return number is { } call && NativeRenameAt2(call, first, Path.GetFileName(one), second, Path.GetFileName(other), (nint)ExchangeFlag) == 0;
    }

    /// <summary>False where it is a folder.</summary>
    public static bool TryDelete(SafeFileHandle folder, string path)
    {
        if (NativeDelete(folder, Path.GetFileName(path), 0) == 0) return true;
        return Marshal.GetLastPInvokeError() switch
        {
            NotFound => true,
            IsFolder => false,
            NoPermission when Directory.Exists(path) => false, // POSIX's answer, which macOS gives
            _ => throw Fault("unlink", path),
        };
    }

    public static void DeleteFolder(SafeFileHandle folder, string path)
    {
        if (NativeDelete(folder, Path.GetFileName(path), OperatingSystem.IsMacOS() ? 0x80 : 0x200) != 0 && Marshal.GetLastPInvokeError() != NotFound) throw Fault("rmdir", path);
    }

    /// <summary>fsync(2) on a file or a folder; .NET opens no folders.</summary>
    public static void Sync(SafeFileHandle file, string path)
    {
        if (NativeSync(file) != 0) throw Fault("fsync", path);
    }

    /// <summary>False = held elsewhere.</summary>
    public static bool TryLock(SafeFileHandle file, string path, bool shared)
    {
        while (NativeLock(file, (shared ? LockShared : LockAlone) | LockAtOnce) != 0)
        {
            if (Marshal.GetLastPInvokeError() == Held) return false;
            if (Marshal.GetLastPInvokeError() != Interrupted) throw Fault("flock", path);
        }

        return true;
    }

    /// <summary>Whoever else has the same open file holds nothing any more.</summary>
    public static void Unlock(SafeFileHandle file) => _ = NativeLock(file, LockNoMore);

    /// <summary>Gives the open file to a user and a group; null = as it is.</summary>
    public static void SetOwner(SafeFileHandle file, string path, uint? user, uint? group)
    {
        if (NativeChangeOwner(file, user ?? uint.MaxValue, group ?? uint.MaxValue) != 0) throw Fault("chown", path);
    }

    /// <summary>Whose the open file is, and its kind and mode; null where that cannot be told.</summary>
    public static unsafe FileStatus? FindStatus(SafeFileHandle file)
    {
        const int EmptyPath = 0x1000; // AT_EMPTY_PATH
        var answer = stackalloc byte[FileStatus.Size];
        return StatusCall is { } call && NativeStatus(call, file, "", EmptyPath, FileStatus.Wanted, answer) == 0 ? FileStatus.Read(answer) : null;
    }

    /// <summary>The same of what is at the path, a link as itself; null where there is nothing, too.</summary>
    public static unsafe FileStatus? FindStatus(string path)
    {
        const int FromHere = -100, NoFollow = 0x100; // AT_FDCWD, AT_SYMLINK_NOFOLLOW
        var answer = stackalloc byte[FileStatus.Size];
        return StatusCall is { } call && NativeStatus(call, FromHere, path, NoFollow, FileStatus.Wanted, answer) == 0 ? FileStatus.Read(answer) : null;
    }

    /// <summary>Where the open folder lies by now; null where that cannot be told, as without /proc (which is closed to a program with file capabilities).</summary>
    public static unsafe string? FindPlace(SafeFileHandle folder)
    {
        const int Longest = 4096; // PATH_MAX
        if (!OperatingSystem.IsLinux()) return null;

        var place = stackalloc byte[Longest];
        var length = NativeReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{folder.DangerousGetHandle()}"), place, Longest);
        return length is > 0 and < Longest ? Encoding.UTF8.GetString(place, (int)length) : null;
    }

    /// <summary><see cref="FindStatus(string)"/> knows an answer on this platform.</summary>
    public static bool TellsStatus => StatusCall is not null;

    /// <summary>statx(2) itself: older C libraries have no wrapper for it.</summary>
    private static nint? StatusCall => !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 332,
        Architecture.X86 or Architecture.Ppc64le => 383,
        Architecture.Arm or Architecture.Armv6 => 397,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 291,
        Architecture.S390x => 379,
        _ => null,
    };

    /// <summary>Gives the open file to the group; false when this user may not, or the volume knows no groups.</summary>
    public static bool TrySetGroup(SafeFileHandle file, uint group) => NativeChangeOwner(file, uint.MaxValue, group) == 0;

    /// <summary>Whose rights this process has.</summary>
    public static uint EffectiveUser => NativeEffectiveUser();

    /// <summary>The group's number, or null where it has none.</summary>
    public static unsafe uint? FindGroup(string name) => FindAccount(name, &NativeFindGroup);

    /// <summary>The user's number, or null where it has none.</summary>
    public static unsafe uint? FindUser(string name) => FindAccount(name, &NativeFindUser);

    private static unsafe uint? FindAccount(string name, delegate*<string, byte*, byte*, nuint, out nint, int> find)
    {
        // struct group and struct passwd begin with two pointers and the number on Linux and macOS alike; 128 bytes hold them with room to spare.
        const int AccountStructSize = 128;
        var account = stackalloc byte[AccountStructSize];
        for (var size = 4096; size <= 1 << 20; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* space = buffer)
            {
                var error = find(name, account, space, (nuint)size, out var found);
                if (error == 0) return found == 0 ? null : *(uint*)(account + (2 * sizeof(nint)));
                if (error != BufferTooSmall) return null;
            }
        }

        return null;
    }

    /// <summary>The name of the file system's type where it is one of another machine.</summary>
    public static string? RemoteType(string path) => FileSystemType(path) switch
    {
        0x6969 => "NFS",
        0x517B or 0xFF534D42 or 0xFE534D42 => "SMB",
        0x01021997 => "9P",
        0x00C36400 => "Ceph",
        0x5346414F or 0x6B414653 => "AFS",
        0x47504653 => "GPFS",
        0x0BD00BD0 => "Lustre",
        0x7461636F => "OCFS2",
        0x01161970 => "GFS2",
        _ => null,
    };

    /// <summary>The same where it is one that a restart empties.</summary>
    public static string? TemporaryType(string path) => FileSystemType(path) switch
    {
        0x01021994 => "tmpfs, which is memory",
        0x858458F6 => "ramfs, which is memory",
        0x794C7630 => "overlayfs, a container's own layer that goes with the container",
        0x61756673 => "aufs, a container's own layer that goes with the container",
        _ => null,
    };

    /// <summary>Zero where nothing can be told.</summary>
    private static unsafe uint FileSystemType(string path)
    {
        if (!OperatingSystem.IsLinux()) return 0;

        // struct statfs begins with the type on every Linux; 256 bytes hold it.
        var information = stackalloc byte[256];
        return NativeFileSystem(path, information) == 0 ? (uint)*(nint*)information : 0;
    }

    private static SafeFileHandle Take(int descriptor, string path) => descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Fault("open", path);

    /// <summary>What the last call failed with; a <see cref="FileNotFoundException"/> where there is nothing.</summary>
    public static IOException Fault(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == NotFound) return new FileNotFoundException($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}' ({call})", path);

        // A folder that must be no link is answered with ENOTDIR where it is one.
        var link = error == IsLink || (error == NoFolder && new FileInfo(path).LinkTarget is not null);
        var reason = link ? "It is a link, and links are not followed here" : Marshal.GetPInvokeErrorMessage(error);
        return new IOException($"{reason} : '{path}' ({call})", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags, int mode);

    /// <summary>macOS on ARM looks for the mode elsewhere: a file is given its mode once more before it gets its content.</summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpenAt(SafeFileHandle folder, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeCreateFolder(SafeFileHandle folder, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeCreateLink(string target, SafeFileHandle folder, string name);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRename(SafeFileHandle source, string from, SafeFileHandle target, string to);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NativeRenameAt2(nint number, SafeFileHandle source, string from, SafeFileHandle target, string to, nint flags);

    [LibraryImport("libc", EntryPoint = "renameatx_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRenameSwap(SafeFileHandle source, string from, SafeFileHandle target, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeDelete(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int NativeLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int NativeChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint NativeEffectiveUser();

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeFindGroup(string name, byte* group, byte* buffer, nuint size, out nint found);

    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeFindUser(string name, byte* user, byte* buffer, nuint size, out nint found);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint NativeStatus(nint number, SafeFileHandle file, string name, nint flags, nint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint NativeStatus(nint number, nint folder, string path, nint flags, nint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "readlink", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint NativeReadLink(string path, byte* target, nuint size);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeFileSystem(string path, byte* information);
}
