using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Transport;

/// <summary>A message there and a message back: by UDP, and by TCP where the answer does not fit or the question is long (RFC 7766).</summary>
/// <param name="patience">How long one is waited for; null: ten seconds.</param>
internal sealed class DnsExchange(TimeProvider time, TimeSpan? patience = null)
{
    /// <summary>A datagram of more than was asked for: a few servers send it all the same. One that fills this may go on, and comes by TCP.</summary>
    private const int LargestHeld = 4 * 1024;

    private const int Tries = 3;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private readonly TimeSpan _limit = patience ?? TimeSpan.FromSeconds(10);

    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">It hung up.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<byte[]> AskAsync(IPEndPoint server, byte[] message, bool useTcp, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            if (useTcp || message.Length > DnsRequest.LargestDatagram) return await AskByTcpAsync(server, message, either.Token).ConfigureAwait(false);

            var answer = await AskByUdpAsync(server, message, either.Token).ConfigureAwait(false);
            return answer is null || DnsMessage.IsTruncated(answer) ? await AskByTcpAsync(server, message, either.Token).ConfigureAwait(false) : answer;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"it does not answer within {_limit.TotalSeconds} s");
        }
    }

    /// <summary>A datagram may be lost, so it is sent again: to add or to remove a value twice does the same as once. What comes from others, or answers something else, is nobody's.</summary>
    /// <returns>Null: it does not fit.</returns>
    private async Task<byte[]?> AskByUdpAsync(IPEndPoint server, byte[] message, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(LargestHeld);
        try
        {
            return await AskByUdpAsync(socket, message, buffer.AsMemory(0, LargestHeld), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<byte[]?> AskByUdpAsync(Socket socket, byte[] message, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        for (var sent = 1; ; sent++)
        {
            await socket.SendAsync(message, cancellationToken).ConfigureAwait(false);
            using var again = new CancellationTokenSource(sent < Tries ? Again : _limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, again.Token);
            try
            {
                while (true)
                {
                    var length = await socket.ReceiveAsync(buffer, either.Token).ConfigureAwait(false);
                    if (DnsMessage.IsAnswerTo(buffer.Span[..length], message)) return length < buffer.Length ? buffer.Span[..length].ToArray() : null;
                }
            }
            catch (SocketException larger) when (larger.SocketErrorCode is SocketError.MessageSize)
            {
                // Windows tells it so.
                return null;
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
        return DnsMessage.IsAnswerTo(answer, message) ? answer : throw new IOException("it answers something else");
    }
}
