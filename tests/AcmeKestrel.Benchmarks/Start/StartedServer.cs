using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Start;

/// <summary>A server on loopback in a process of its own, and what its clients see of it.</summary>
internal sealed class StartedServer : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private static readonly ConcurrentDictionary<StartedServer, bool> Running = new();
    private static volatile bool _isOver;

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly ChildProcess _process;
    private readonly int _port;
    private readonly X509Certificate2 _root;

    /// <param name="root">Whatever is served must lead to it.</param>
    public StartedServer(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, string workingDirectory, int port, X509Certificate2 root)
    {
        if (_isOver) throw new OperationCanceledException("The run was ended.");
        (_port, _root) = (port, root);
        _process = ChildProcess.Start(program, arguments, environment, workingDirectory);
        Running[this] = true;
    }

    public int Port => _port;

    /// <summary>From the start of the process until a client got a certificate for the name that it trusts.</summary>
    public async Task<TimeSpan> FirstHandshakeAsync(string name)
    {
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"It ended:\n{_process.Output}");

            try
            {
                await HandshakeAsync(name);
                return Stopwatch.GetElapsedTime(_startedAt);
            }
            catch (Exception notYet) when (notYet is SocketException or IOException or AuthenticationException)
            {
                if (Stopwatch.GetElapsedTime(_startedAt) > Longest) throw new TimeoutException($"No certificate for {name}:\n{_process.Output}", notYet);
                await Task.Delay(Pause);
            }
        }
    }

    /// <summary>A connection and a full handshake, the client's part included.</summary>
    public async Task<TimeSpan> HandshakeAsync(string name)
    {
        var before = Stopwatch.GetTimestamp();
        await ConnectAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            AllowTlsResume = false,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _root },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        });
        return Stopwatch.GetElapsedTime(before);
    }

    /// <summary>The subject of what a client is shown that trusts anybody; null where the connection ends without it.</summary>
    public async Task<string?> ShownAsync(string name)
    {
        string? shown = null;
        try
        {
            await ConnectAsync(new SslClientAuthenticationOptions
            {
                TargetHost = name,
                AllowTlsResume = false,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = certificate?.Subject) is not null,
            });
        }
        catch (Exception ended) when (ended is SocketException or IOException or AuthenticationException)
        {
            return null;
        }

        return shown;
    }

    /// <summary>What the process holds of the memory, pages that it shares by their part.</summary>
    public double ProportionalMiB()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>All of its threads, from its start.</summary>
    public double ProcessorSeconds()
    {
        using var process = Process.GetProcessById(_process.Id);
        return process.TotalProcessorTime.TotalSeconds;
    }

    public async Task StopAsync() => await _process.StopAsync(CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        Running.TryRemove(this, out _);
        return _process.DisposeAsync();
    }

    private async Task ConnectAsync(SslClientAuthenticationOptions options)
    {
        using var stop = new CancellationTokenSource(Longest);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", _port, stop.Token);
        await using var stream = new NetworkStream(socket);
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(options, stop.Token);
    }

    /// <summary>Those that run end, and no other begins: whoever waits for one fails, and cleans up.</summary>
    public static void EndAll()
    {
        _isOver = true;
        foreach (var server in Running.Keys.Where(server => !server._process.HasExited))
        {
            using var process = Process.GetProcessById(server._process.Id);
            process.Kill();
        }
    }
}
