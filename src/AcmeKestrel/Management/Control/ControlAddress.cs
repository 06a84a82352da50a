using System.Net.Sockets;
using System.Text;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Kernel;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Management.Control;

/// <summary>
/// Where a socket lies. A kernel has little room for its path, and a state may lie deep down: by a folder that is open a path is short. It is disposed after a socket that was bound to it, which removes its file by that path.
/// </summary>
internal sealed class ControlAddress : IDisposable
{
    /// <summary>In bytes: Linux has room for 108, others for 104.</summary>
    private const int LongestPath = 100;

    private readonly SafeFileHandle? _folder;

    private ControlAddress(string path, SafeFileHandle? folder) => (EndPoint, _folder) = (new UnixDomainSocketEndPoint(path), folder);

    public UnixDomainSocketEndPoint EndPoint { get; }

    /// <summary>Null: this system has none for the path.</summary>
    /// <exception cref="IOException">The folder cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static ControlAddress? Of(string path)
    {
        if (!Socket.OSSupportsUnixDomainSockets) return null;
        if (Encoding.UTF8.GetByteCount(path) <= LongestPath) return new ControlAddress(path, null);
        if (!OperatingSystem.IsLinux()) return null;

        var folder = Posix.Open(Path.GetDirectoryName(path)!, PosixFlags.Folder);
        return new ControlAddress($"/proc/self/fd/{folder.DangerousGetHandle()}/{Path.GetFileName(path)}", folder);
    }

    public void Dispose() => _folder?.Dispose();
}
