using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.Tests.Serving;

/// <summary>For the few endpoints that cannot be bound to port 0.</summary>
internal static class Ports
{
    public static int Free()
    {
        using var socket = new TcpListener(IPAddress.IPv6Any, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
