using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>The names in a folder by getdents64(2). .NET's own enumeration looks at what each link leads to, and a state has a link for each label.</summary>
internal static partial class FolderNames
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Of an entry: inode and offset (8 each), its length (2), its type (1), its name, which ends with a zero.</summary>
    private const int LengthAt = 16;
    private const int NameAt = 19;

    /// <summary>The number of the call; 0: it is not known here.</summary>
    private static readonly int GetEntries = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 217,
        Architecture.Arm64 => 61,
        _ => 0,
    };

    public static bool IsSupported => GetEntries > 0;

    /// <param name="folder">Just opened, and open until the last one is read.</param>
    /// <exception cref="FileNotFoundException">The folder was removed meanwhile.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<string> Read(SafeFileHandle folder, string path)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while ((int)NativeGetEntries(GetEntries, folder, buffer, BufferBytes) is not 0 and var length)
            {
                if (length < 0) throw Posix.Fault("getdents64", path);

                for (var at = 0; at < length; at += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + LengthAt)))
                {
                    if (NameOf(buffer.AsSpan(at + NameAt)) is { } name) yield return name;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string? NameOf(ReadOnlySpan<byte> entry)
    {
        var name = entry[..entry.IndexOf((byte)0)];
        return name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? null : Encoding.UTF8.GetString(name);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeGetEntries(nint number, SafeFileHandle folder, [Out] byte[] buffer, nint length);
}
