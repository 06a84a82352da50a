using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.CommandLine;

/// <summary>Reads a file that an operator names, or another program has; waits for nobody, for in the place of a file may be a pipe.</summary>
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
        using var file = Open(path, out var length);
        if (length > Longest) throw new IOException($"has {length} bytes: such a file has {Longest} at most");

        // A file of the kernel says that it has none.
        var content = Read(file, Longest + 1);
        return content.Length <= Longest ? content : throw new IOException($"has more than {Longest} bytes");
    }

    /// <summary>What it begins with; less where it is shorter.</summary>
    /// <exception cref="IOException">It is not there, or no file.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static byte[] ReadStart(string path, int length)
    {
        using var file = Open(path, out _);
        return Read(file, length);
    }

    private static SafeFileHandle Open(string path, out long length)
    {
        var file = OperatingSystem.IsWindows() ? File.OpenHandle(path) : OpenHere(path);
        try
        {
            length = RandomAccess.GetLength(file);
            return file;
        }
        catch (NotSupportedException)
        {
            file.Dispose();
            throw new IOException("is no regular file");
        }
    }

    private static byte[] Read(SafeFileHandle file, int longest)
    {
        var content = new byte[longest];
        var read = 0;
        while (read < longest && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var more) read += more;
        return content[..read];
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
