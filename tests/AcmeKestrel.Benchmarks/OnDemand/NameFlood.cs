using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace AcmeKestrel.Benchmarks.OnDemand;

/// <summary>Clients in a process of their own that each send a ClientHello for a name at random, wait for the refusal and are gone: so many a second, or as many as the machine can.</summary>
internal static class NameFlood
{
    private const int Clients = 16;

    private const string Template = "0123456789abcdef.customer.test";

    /// <summary>Prints how many it sent, and how many a second that were.</summary>
    public static async Task<int> RunAsync(int port, int rate, double seconds)
    {
        var hello = await HelloAsync();
        var place = hello.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Template));
        var (sent, clock) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var (mine, random) = ((byte[])hello.Clone(), new Random(client));
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                // As many as there should be by now, and no more.
                if (Volatile.Read(ref sent) > clock.Elapsed.TotalSeconds * rate)
                {
                    await Task.Delay(1);
                    continue;
                }

                Interlocked.Increment(ref sent);
                for (var i = 0; i < 16; i++) mine[place + i] = (byte)('a' + random.Next(26));
                await VisitAsync(port, mine);
            }
        })));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sent} {sent / clock.Elapsed.TotalSeconds:F0}"));
        return 0;
    }

    private static async Task VisitAsync(int port, byte[] hello)
    {
        // Reset when it is gone: tens of thousands of ports would wait for their end otherwise.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            await socket.SendAsync(hello);
            await socket.ReceiveAsync(new byte[64]);
        }
        catch (SocketException)
        {
            // The server has so many in line; that counts as sent.
        }
    }

    /// <summary>As a client of today writes it.</summary>
    private static async Task<byte[]> HelloAsync()
    {
        using var said = new SaidStream();
        await using var tls = new SslStream(said);
        try
        {
            await tls.AuthenticateAsClientAsync(Template);
        }
        catch (IOException)
        {
            // Nobody answers.
        }

        return said.ToArray();
    }

    private sealed class SaidStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => 0;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}
