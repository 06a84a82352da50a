using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;

namespace AcmeKestrel.Benchmarks;

/// <summary>What a handshake costs the server with AcmeKestrel, against the same certificate as a static one of Kestrel's: processor time and allocation per connection, in interleaved rounds.</summary>
internal static class Handshakes
{
    private const int Rounds = 15;
    private const int Connections = 400;
    private const int CertificateBytes = 500;

    public static async Task<int> CompareAsync()
    {
        using var plain = new Server(HandshakeServer.Static);
        using var acme = new Server(HandshakeServer.Acme);
        foreach (var resumes in new[] { false, true })
        {
            // The first rounds pay for the JIT.
            for (var i = 0; i < 3; i++)
            {
                await plain.MeasureAsync(resumes);
                await acme.MeasureAsync(resumes);
            }

            var ratios = new List<double>();
            var (plainCosts, acmeCosts) = (new List<Cost>(), new List<Cost>());
            for (var i = 0; i < Rounds; i++)
            {
                // Who comes first changes with each round: what the machine does besides should hit both.
                if (i % 2 == 0) plainCosts.Add(await plain.MeasureAsync(resumes));
                acmeCosts.Add(await acme.MeasureAsync(resumes));
                if (i % 2 == 1) plainCosts.Add(await plain.MeasureAsync(resumes));
                ratios.Add(acmeCosts[^1].Microseconds / plainCosts[^1].Microseconds);
            }

            Print(resumes ? "resumed" : "full", ratios, plainCosts, acmeCosts);
        }

        return 0;
    }

    private static void Print(string kind, List<double> ratios, List<Cost> plain, List<Cost> acme) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{kind,-8} cpu ratio median {Median(ratios):F3} (min {ratios.Min():F3}, max {ratios.Max():F3}, {ratios.Count} rounds of {Connections})  "
        + $"us static {Median(plain.Select(cost => cost.Microseconds)):F0}, acme {Median(acme.Select(cost => cost.Microseconds)):F0}  "
        + $"bytes static {Median(plain.Select(cost => cost.Bytes)):F0}, acme {Median(acme.Select(cost => cost.Bytes)):F0}  "
        + $"resumed static {Median(plain.Select(cost => cost.Resumed)):P0}, acme {Median(acme.Select(cost => cost.Resumed)):P0}"));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Per connection; <see cref="Resumed"/> is the part of the connections that resumed a session.</summary>
    private sealed record Cost(double Microseconds, double Bytes, double Resumed);

    private sealed class Server : IDisposable
    {
        private readonly Process _process;
        private readonly int _port;

        /// <summary>The client's session cache hangs on the options object.</summary>
        private readonly SslClientAuthenticationOptions _resuming = Options(resumes: true);
        private readonly SslClientAuthenticationOptions _fresh = Options(resumes: false);

        public Server(string kind)
        {
            _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["handshakes", "serve", kind]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            _port = int.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        }

        public async Task<Cost> MeasureAsync(bool resumes)
        {
            var full = await ConnectAsync(_fresh);
            var before = await AskAsync();
            var resumed = 0;
            for (var i = 0; i < Connections; i++)
            {
                // The runtime does not say; but a resumed session is one in which the server sends no certificates.
                if (await ConnectAsync(resumes ? _resuming : _fresh) < full - CertificateBytes) resumed++;
            }

            var after = await AskAsync();
            return new Cost((after.Microseconds - before.Microseconds) / Connections, (after.Bytes - before.Bytes) / Connections, (double)resumed / Connections);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }

        private async Task<(double Microseconds, double Bytes)> AskAsync()
        {
            await _process.StandardInput.WriteLineAsync();
            var numbers = (await _process.StandardOutput.ReadLineAsync())!.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            return (numbers[0], numbers[1]);
        }

        private async Task<int> ConnectAsync(SslClientAuthenticationOptions options)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync("127.0.0.1", _port);
            await using var stream = new CountingStream(socket);
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(options);
            var received = stream.Received;
            await tls.ReadExactlyAsync(new byte[1]);
            return received;
        }

        private static SslClientAuthenticationOptions Options(bool resumes) => new()
        {
            TargetHost = "shop.test",
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowTlsResume = resumes,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=shop.test",
        };
    }

    private sealed class CountingStream(Socket socket) : NetworkStream(socket)
    {
        public int Received { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            Received += read;
            return read;
        }
    }
}
