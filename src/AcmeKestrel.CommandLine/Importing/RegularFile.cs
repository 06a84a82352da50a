using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.CommandLine.Importing;

/// <summary>Reads a file of others; waits for nobody, for in the place of a file may be a pipe.</summary>
internal static partial class RegularFile
{
    /// <summary>As much as a chain may have; keys are smaller.</summary>
    private const int Longest = 256 * 1024;

    // O_NONBLOCK and O_CLOEXEC.
    private static readonly int Flags = OperatingSystem.IsMacOS() ? 0x4 | 0x1000000 : 0x800 | 0x80000;

    /// <exception cref="IOException">It is not there, too large, or no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] Read(string path)
    {
        using var file = OperatingSystem.IsWindows() ? File.OpenHandle(path) : OpenHere(path);
        long length;
        try
        {
            length = RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            throw new IOException("is no regular file");
        }

        if (length > Longest) throw new IOException($"has {length} bytes: such a file has {Longest} at most");

        // A file of the kernel says that it has none.
        var content = new byte[Longest + 1];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var more) read += more;
        return read <= Longest ? content[..read] : throw new IOException($"has more than {Longest} bytes");
    }

    private static SafeFileHandle OpenHere(string path)
    {
        var file = Open(path, Flags);
        if (!file.IsInvalid) return file;

        var reason = Marshal.GetLastPInvokeErrorMessage();
        file.Dispose();
        throw new IOException(reason);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
