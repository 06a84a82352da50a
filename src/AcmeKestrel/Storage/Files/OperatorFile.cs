using AcmeKestrel.Storage.Files.Kernel;

namespace AcmeKestrel.Storage.Files;

/// <summary>A file that an operator names or puts somewhere, which may be a link. Reading it waits for nobody: in its place may be a pipe.</summary>
internal static class OperatorFile
{
    /// <summary>As much as there is, or has room.</summary>
    /// <exception cref="IOException">It cannot be read, or is no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static int Read(string path, Span<byte> content)
    {
        using var file = OperatingSystem.IsWindows() ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : Posix.Open(path, PosixFlags.ReadLinkedFile);
        try
        {
            // A pipe that nobody writes to would be an empty file.
            RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            throw new IOException($"It is no regular file : '{path}'");
        }

        var length = 0;
        while (length < content.Length && RandomAccess.Read(file, content[length..], length) is > 0 and var read) length += read;
        return length;
    }
}
