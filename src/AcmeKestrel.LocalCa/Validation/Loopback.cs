using System.Net;
using System.Net.Sockets;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>The only way out of this CA: to this machine. A name is never resolved, it is taken to live here.</summary>
internal static class Loopback
{
    public static async ValueTask<NetworkStream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
        {
            if (!IPAddress.IsLoopback(address)) throw new InvalidOperationException("Not a loopback address.");
            return await ConnectAsync(address, port, cancellationToken).ConfigureAwait(false);
        }

        if (!IdentifierPolicy.IsLocal(host)) throw new InvalidOperationException("Not a local name.");
        try
        {
            return await ConnectAsync(IPAddress.Loopback, port, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return await ConnectAsync(IPAddress.IPv6Loopback, port, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<NetworkStream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
