using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Ports for programs that cannot choose one themselves: from below the range that outgoing connections use, so that none of those takes it meanwhile.</summary>
internal static class FreePort
{
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
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
