using System.Net.Sockets;

namespace AcmeKestrel.Tests.Serving;

/// <summary>What a client received. The runtime does not say whether a session was resumed, but then the server sends no certificates.</summary>
internal sealed class CountingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    public int Received { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        Received += read;
        return read;
    }
}
