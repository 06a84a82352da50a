namespace AcmeKestrel.Storage.Files;

/// <summary>What an error of the file system says about a file.</summary>
internal static class FileErrors
{
    /// <summary>EINTR, EIO, EAGAIN, EBUSY.</summary>
    private static readonly int[] OfAnyUnix = [4, 5, 11, 16];

    /// <summary>ENOLINK, ENETDOWN, ENETUNREACH, ECONNABORTED, ECONNRESET, ENOTCONN, ESHUTDOWN, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH, ESTALE, EREMOTEIO, EKEYEXPIRED.</summary>
    private static readonly int[] OfLinux = [67, 100, 101, 103, 104, 107, 108, 110, 111, 112, 113, 116, 121, 127];

    /// <summary>The same where there are such: EAGAIN, ENETDOWN, ENETUNREACH, ECONNABORTED, ECONNRESET, ENOTCONN, ESHUTDOWN, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH, ESTALE.</summary>
    private static readonly int[] OfMacOs = [35, 50, 51, 53, 54, 57, 58, 60, 61, 64, 65, 70];

    /// <summary>ERROR_NOT_READY, _CRC, _SHARING_VIOLATION, _LOCK_VIOLATION, _REM_NOT_LIST, _BAD_NETPATH, _NETWORK_BUSY, _UNEXP_NET_ERR, _NETNAME_DELETED, _SEM_TIMEOUT, _IO_DEVICE, _NO_SYSTEM_RESOURCES.</summary>
    private static readonly int[] OfWindows = [21, 23, 32, 33, 51, 53, 54, 59, 64, 121, 1117, 1450];

    /// <summary>ENOMEM, ENFILE and EMFILE say nothing about it: the process has too much open, as in a flood of connections, and the file may be a good one.</summary>
    public static bool LackHandles(Exception error) => error is IOException && !OperatingSystem.IsWindows() && CodeOf(error) is 12 or 23 or 24;

    /// <summary>Nor do those of a disk, a file server or the way to it that do not answer now, or of another program that has the file open just now: the next reading may find it whole.</summary>
    public static bool MayPass(Exception error) => error is IOException && CodeOf(error) is var code && (OperatingSystem.IsWindows()
        ? (code & 0x7FFF0000) == 0x00070000 && OfWindows.Contains(code & 0xFFFF)
        : LackHandles(error) || OfAnyUnix.Contains(code) || (OperatingSystem.IsMacOS() ? OfMacOs : OfLinux).Contains(code));

    /// <summary>Whoever names the path in an error has the system's own inside.</summary>
    private static int CodeOf(Exception error) => (error.InnerException as IOException ?? error).HResult;
}
