using System.Runtime.InteropServices;

namespace AcmeKestrel.Storage.Files;

/// <summary>The system calls that .NET has no API for.</summary>
internal static partial class Posix
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint ExchangeFlag = 2; // RENAME_EXCHANGE, and RENAME_SWAP on macOS
    private const int NoPermission = 1; // EPERM
    private const int BufferTooSmall = 34; // ERANGE

    /// <summary>rename(2): unlike File.Move and Directory.Move it replaces a link to a folder.</summary>
    public static void Rename(string from, string to)
    {
        if (NativeRename(from, to) != 0) throw Fault("rename", to);
    }

    /// <summary>Swaps two paths; false where the file system or the kernel cannot, or one of them is gone.</summary>
    public static bool TryExchange(string one, string other) => OperatingSystem.IsMacOS()
        ? NativeRenameSwap(one, other, ExchangeFlag) == 0
        : OperatingSystem.IsLinux() && NativeExchange(CurrentFolder, one, CurrentFolder, other, ExchangeFlag) == 0;

    /// <summary>fsync(2) on a file or a folder; .NET opens no folders.</summary>
    public static void Sync(string path)
    {
        var descriptor = Open(path);
        try
        {
            if (NativeSync(descriptor) != 0) throw Fault("fsync", path);
        }
        finally
        {
            _ = NativeClose(descriptor);
        }
    }

    /// <summary>A read-only descriptor, closed at exec.</summary>
    public static int Open(string path)
    {
        var closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
        var descriptor = NativeOpen(path, closeOnExec, 0);
        return descriptor >= 0 ? descriptor : throw Fault("open", path);
    }

    public static void Close(int descriptor) => _ = NativeClose(descriptor);

    /// <summary>Gives the open file to the group; false when this user may not.</summary>
    public static bool TrySetGroup(SafeHandle file, uint group, string path)
    {
        if (NativeChangeOwner(file, uint.MaxValue, group) == 0) return true;
        return Marshal.GetLastPInvokeError() == NoPermission ? false : throw Fault("fchown", path);
    }

    /// <summary>The group's number, or null where it has none.</summary>
    public static unsafe uint? FindGroup(string name)
    {
        // struct group begins with two pointers and the gid on Linux and macOS alike; 128 bytes hold it with room to spare.
        const int GroupStructSize = 128;
        var group = stackalloc byte[GroupStructSize];
        for (var size = 4096; size <= 1 << 20; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* space = buffer)
            {
                var error = NativeFindGroup(name, group, space, (nuint)size, out var found);
                if (error == 0) return found == 0 ? null : *(uint*)(group + (2 * sizeof(nint)));
                if (error != BufferTooSmall) return null;
            }
        }

        return null;
    }

    /// <summary>The name of the file system's type where it is one of another machine.</summary>
    public static unsafe string? RemoteType(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;

        // struct statfs begins with the type on every Linux; 256 bytes hold it.
        var information = stackalloc byte[256];
        if (NativeFileSystem(path, information) != 0) return null;

        return (uint)*(nint*)information switch
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
    }

    private static IOException Fault(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}' ({call})", error);
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRename(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRenameAt(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRenameSwap(string from, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int NativeChangeOwner(SafeHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeFindGroup(string name, byte* group, byte* buffer, nuint size, out nint found);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeFileSystem(string path, byte* information);

    private static int NativeExchange(int fromFolder, string from, int toFolder, string to, uint flags)
    {
        try
        {
            return NativeRenameAt(fromFolder, from, toFolder, to, flags);
        }
        catch (EntryPointNotFoundException)
        {
            // musl before 1.2.6 has no wrapper for it.
            return -1;
        }
    }
}
