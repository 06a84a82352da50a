using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;

namespace AcmeKestrel.Benchmarks;

/// <summary>A server process, and a client that visits its names at random and keeps a session for each.</summary>
internal sealed class MeasuredServer : IDisposable
{
    private const int CertificateBytes = 500;

    private readonly Process _process;
    private readonly int _port;
    private readonly IReadOnlyList<string> _names;

    /// <summary>The same names in each run.</summary>
    private readonly Random _random = new(1);

    public MeasuredServer(IEnumerable<string> kind, IReadOnlyList<string> names)
    {
        _names = names;
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["handshakes", "serve", .. kind]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _port = int.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    /// <summary>So many visits to names at random.</summary>
    public async Task<HandshakeCost> MeasureAsync(int connections, bool resumes)
    {
        var full = await ConnectAsync(_names[0], resumes: false);
        var before = await AskAsync();
        var resumed = 0;
        for (var i = 0; i < connections; i++)
        {
            // The runtime does not say; but a resumed session is one in which the server sends no certificates.
            if (await ConnectAsync(_names[_random.Next(_names.Count)], resumes) < full - CertificateBytes) resumed++;
        }

        var after = await AskAsync();
        return new HandshakeCost((after[0] - before[0]) / connections, (after[1] - before[1]) / connections, (double)resumed / connections);
    }

    /// <summary>One visit to each name.</summary>
    public async Task GoRoundAsync(bool resumes)
    {
        foreach (var name in _names) await ConnectAsync(name, resumes);
    }

    /// <summary>Visits to the first name alone.</summary>
    public async Task WarmUpAsync(int visits)
    {
        for (var visit = 0; visit < visits; visit++) await ConnectAsync(_names[0], resumes: false);
    }

    /// <summary>Kibibytes (PSS) after a collection.</summary>
    public async Task<double> MemoryAsync() => (await AskAsync("memory"))[2];

    /// <summary>Kibibytes when the collector has given back what it does not need, and what of it are objects of .NET.</summary>
    public async Task<(double All, double Objects)> LeastMemoryAsync()
    {
        var memory = await AskAsync("least memory");
        return (memory[2], memory[3]);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task<double[]> AskAsync(string question = "")
    {
        await _process.StandardInput.WriteLineAsync(question);
        return [.. (await _process.StandardOutput.ReadLineAsync())!.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    /// <summary>What the client received until it had the certificate.</summary>
    private async Task<int> ConnectAsync(string name, bool resumes)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", _port);
        await using var stream = new CountingStream(socket);
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowTlsResume = resumes,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == $"CN={name}",
        });
        var received = stream.Received;
        await tls.ReadExactlyAsync(new byte[1]);
        return received;
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
