using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Ports for programs that cannot choose one themselves: from below the range that outgoing connections use, so that none of those takes it meanwhile.</summary>
internal static class FreePort
{
    private const int First = 15_000;
    private const int Count = 17_000;

    private static int _last = Random.Shared.Next(Count);

    /// <summary>No port is given out twice: between its choice and its use a program starts, and so do those of other tests.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _last) % Count);
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
