using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>A resolver on a free loopback port, by UDP and TCP, that answers as a test tells it. Its wire format is its own.</summary>
internal sealed class StubDns : IAsyncDisposable
{
    private const ushort Txt = 16;

    private const ushort Cname = 5;

    private readonly CancellationTokenSource _stop = new();
    private readonly UdpClient _udp;
    private readonly TcpListener _tcp;
    private readonly Task _serving;

    /// <param name="answer">From the question, as bytes, and whether it came by TCP, to the whole reply; null = none.</param>
    /// <param name="address">Another one of this host than 127.0.0.1.</param>
    public StubDns(Func<byte[], bool, byte[]?> answer, IPAddress? address = null)
    {
        (_udp, _tcp) = Bind(address ?? IPAddress.Loopback);
        EndPoint = (IPEndPoint)_tcp.LocalEndpoint;
        _serving = Task.WhenAll(ServeUdpAsync(answer), ServeTcpAsync(answer));
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The name and type of each question.</summary>
    public List<(string Name, int Type)> Asked { get; } = [];

    public static (string Name, ushort Type, byte[] Data) Text(string name, params string[] strings) =>
        (name, Txt, [.. strings.SelectMany(s => Encoding.ASCII.GetBytes(s) is var bytes ? (byte[])[(byte)bytes.Length, .. bytes] : [])]);

    public static (string Name, ushort Type, byte[] Data) Alias(string name, string target) => (name, Cname, Labels(target));

    /// <summary>A reply to <paramref name="question"/> with these records.</summary>
    public static byte[] Reply(byte[] question, params (string Name, ushort Type, byte[] Data)[] records) => Reply(question, 0, false, records);

    public static byte[] Reply(byte[] question, int code, bool truncated, params (string Name, ushort Type, byte[] Data)[] records)
    {
        var end = 12;
        while (question[end] != 0) end += question[end] + 1;
        byte[] head = [question[0], question[1], (byte)(0x81 | (truncated ? 2 : 0)), (byte)(0x80 | code), 0, 1, 0, (byte)records.Length, 0, 0, 0, 0];
        return [.. head, .. question[12..(end + 5)], .. records.SelectMany(r => (byte[])[.. Labels(r.Name), .. Word(r.Type), 0, 1, 0, 0, 0, 60, .. Word((ushort)r.Data.Length), .. r.Data])];
    }

    public async ValueTask DisposeAsync()
    {
        // In this order: a socket that is gone is another end than being told to stop.
        await _stop.CancelAsync();
        await _serving;
        _udp.Dispose();
        _tcp.Dispose();
        _stop.Dispose();
    }

    public static byte[] Labels(string name) => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static byte[] Word(ushort value) => [(byte)(value >> 8), (byte)value];

    private static (UdpClient, TcpListener) Bind(IPAddress address)
    {
        for (var tries = 0; ; tries++)
        {
            var tcp = new TcpListener(address, 0);
            tcp.Start();
            try
            {
                return (new UdpClient((IPEndPoint)tcp.LocalEndpoint), tcp);
            }
            catch (SocketException) when (tries < 20)
            {
                // Somebody has that port by UDP.
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync(Func<byte[], bool, byte[]?> answer)
    {
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveAsync(_stop.Token);
                if (Answer(answer, received.Buffer, false) is { } reply) await _udp.SendAsync(reply, received.RemoteEndPoint, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeTcpAsync(Func<byte[], bool, byte[]?> answer)
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stop.Token);
                if (Answer(answer, question, true) is { } reply) await stream.WriteAsync((byte[])[.. Word((ushort)reply.Length), .. reply], _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private byte[]? Answer(Func<byte[], bool, byte[]?> answer, byte[] question, bool tcp)
    {
        var (labels, at) = (new List<string>(), 12);
        for (; question[at] != 0; at += question[at] + 1) labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        lock (Asked) Asked.Add((string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1))));
        return answer(question, tcp);
    }
}
