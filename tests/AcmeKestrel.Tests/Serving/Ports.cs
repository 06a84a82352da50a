using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.Tests.Serving;

/// <summary>For the few endpoints that cannot be bound to port 0: from below the range that outgoing connections use, so that none of those takes it meanwhile.</summary>
internal static class Ports
{
    private const int First = 15_000;
    private const int Count = 17_000;

    private static int _last = Random.Shared.Next(Count);

    /// <summary>No port is given out twice: other tests are given one between its choice and its use.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _last) % Count);
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port) => CanBind(SocketType.Stream, ProtocolType.Tcp, port) && CanBind(SocketType.Dgram, ProtocolType.Udp, port);

    private static bool CanBind(SocketType type, ProtocolType protocol, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, type, protocol) { DualMode = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
