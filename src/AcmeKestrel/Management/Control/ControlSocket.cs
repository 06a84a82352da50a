using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Kernel;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Management.Control;

/// <summary>
/// For the process that has the state: tells commands of the same machine what only it knows, over a Unix socket in the state directory. Nothing is changed by it: what is to be done is a request in the state
/// (<see cref="Requests.RequestDesk"/>).
/// </summary>
internal sealed class ControlSocket(ControlDesk desk, IAcmeStore store, ILogger<ControlSocket> logger) : IStateDuty
{
    /// <summary>Questions that are answered at once.</summary>
    private const int AtOnce = 32;

    /// <summary>Commands that wait for what comes, a connection each: they take no place from those who ask.</summary>
    private const int LongestAtOnce = 256;

    /// <summary>Commands that come at the same moment, from a loop in a script.</summary>
    private const int Waiting = 256;

    private const string UnshownEnd = ".new";

    private const int PeerCredentials = 17; // SO_PEERCRED
    private const int SocketLevel = 1; // SOL_SOCKET on Linux

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        var path = store.FindAbility<IStateFolder>()?.Socket;
        var unshown = path is null ? null : Unshown(path);
        using var address = unshown is null ? null : ControlAddress.Of(unshown);
        if (path is not null && address is null) logger.NoControlSocket(path);
        if (path is null || unshown is null || address is null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        cancellationToken = over.Token;
        Sweep(path);
        using var socket = Listen(unshown, address);
        var made = Posix.FindStatus(unshown)?.Identity;
        File.Move(unshown, path, overwrite: true);
        using var room = new SemaphoreSlim(AtOnce);
        using var waitingRoom = new SemaphoreSlim(LongestAtOnce);
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                connections.RemoveAll(ended => ended.IsCompleted);
                connections.Add(ServeAsync(await socket.AcceptAsync(cancellationToken).ConfigureAwait(false), new ControlPlace(room, waitingRoom), cancellationToken));
            }
        }
        finally
        {
            // This process may have stood still for so long that another one has the state, and listens there. Where the kernel tells no identity it is removed as this one's.
            if (Posix.FindStatus(path)?.Identity == made) File.Delete(path);
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(connections).ConfigureAwait(false);
        }
    }

    /// <summary>Whoever has the state is alone: what lies there was left by a process that was killed.</summary>
    private static void Sweep(string path)
    {
        if (OperatingSystem.IsWindows()) File.Delete(path);
        foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}*{UnshownEnd}")) File.Delete(left);
    }

    private static Socket Listen(string unshown, ControlAddress address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(address.EndPoint);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(unshown, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Waiting);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>When it is disposed a socket removes the path it was bound to, whoever's that is by then: nobody else's is the same. That Windows finds one that was renamed is documented nowhere.</summary>
    private static string Unshown(string path) => OperatingSystem.IsWindows() ? path : $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}{UnshownEnd}";

    /// <summary>Nothing escapes it: whatever a command does, the others are answered.</summary>
    private async Task ServeAsync(Socket connection, ControlPlace place, CancellationToken cancellationToken)
    {
        try
        {
            using (connection)
            {
                if (!IsOurs(connection)) return;

                await using var stream = new NetworkStream(connection);
                await desk.AnswerAsync(stream, place, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops, the state is lost, or nobody asked anything.
        }
#pragma warning disable CA1031 // Promise 5.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            logger.ControlConnectionBroken(broken.Message);
        }
        finally
        {
            place.Dispose();
        }
    }

    /// <summary>The same user, or root, as the kernel says; where it does not, the socket's mode and folder say it.</summary>
    private static bool IsOurs(Socket connection)
    {
        if (!OperatingSystem.IsLinux()) return true;

        // struct ucred: process, user, group.
        Span<int> credentials = stackalloc int[3];
        connection.GetRawSocketOption(SocketLevel, PeerCredentials, MemoryMarshal.AsBytes(credentials));
        return (uint)credentials[1] is 0 || (uint)credentials[1] == Posix.EffectiveUser;
    }
}
