using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Updates;

/// <summary>A message there and a message back: by UDP, and by TCP where the answer does not fit or the question is long (RFC 7766).</summary>
internal sealed class DnsExchange(TimeProvider time)
{
    /// <summary>What every path lets through in one piece.</summary>
    private const int LargestDatagram = 1232;
    private const int LargestAnswer = 64 * 1024;
    private const int Tries = 3;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">It hung up.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<byte[]> AskAsync(IPEndPoint server, byte[] message, bool useTcp, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            if (useTcp || message.Length > LargestDatagram) return await AskByTcpAsync(server, message, either.Token).ConfigureAwait(false);

            var answer = await AskByUdpAsync(server, message, either.Token).ConfigureAwait(false);
            return DnsMessage.IsTruncated(answer) ? await AskByTcpAsync(server, message, either.Token).ConfigureAwait(false) : answer;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"it does not answer within {Limit.TotalSeconds} s");
        }
    }

    /// <summary>A datagram may be lost, so it is sent again: to add or to remove a value twice does the same as once. What comes from others, or answers something else, is nobody's.</summary>
    private async Task<byte[]> AskByUdpAsync(IPEndPoint server, byte[] message, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[LargestAnswer];
        for (var sent = 1; ; sent++)
        {
            await socket.SendAsync(message, cancellationToken).ConfigureAwait(false);
            using var patience = new CancellationTokenSource(sent < Tries ? Again : Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            try
            {
                while (true)
                {
                    var length = await socket.ReceiveAsync(buffer, either.Token).ConfigureAwait(false);
                    if (DnsMessage.IsAnswerTo(buffer.AsSpan(0, length), BinaryPrimitives.ReadUInt16BigEndian(message))) return buffer[..length];
                }
            }
            catch (OperationCanceledException) when (sent < Tries && !cancellationToken.IsCancellationRequested)
            {
                // Once more.
            }
        }
    }

    private static async Task<byte[]> AskByTcpAsync(IPEndPoint server, byte[] message, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync((byte[])[(byte)(message.Length >> 8), (byte)message.Length, .. message], cancellationToken).ConfigureAwait(false);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellationToken).ConfigureAwait(false);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
        return DnsMessage.IsAnswerTo(answer, BinaryPrimitives.ReadUInt16BigEndian(message)) ? answer : throw new IOException("it answers something else");
    }
}
