using System.Collections.Immutable;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.InteropTests;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>So many requests, a fixed number of them at a time; all are answered, or it throws.</summary>
/// <param name="Requests">Of a round that is measured.</param>
/// <param name="WarmRequests">Before any is: an edge runs for months, and what is called often is compiled anew for a while.</param>
internal sealed record EdgeLoad(string Name, string What, int Requests, int WarmRequests, Func<int, string, int, Task> RunAsync)
{
    private const int Clients = 8;

    /// <summary>More than any request waits.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>A client that looks through the system's stores at each connection would leave the proxies too little of the machine.</summary>
    private static readonly X509ChainPolicy NoStores = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };

    public static ImmutableArray<EdgeLoad> All { get; } =
    [
        new("new", "a new connection for each request (TLS 1.3, full handshake, HTTP/1.1)", 1000, 5000, NewConnectionsAsync),
        new("kept", "16 kept-alive connections, HTTP/1.1", 10_000, 200_000, (port, name, count) => H2LoadAsync(port, name, count, ["--h1", "-c", "16"])),
        new("kept64", "64 kept-alive connections, HTTP/1.1", 20_000, 200_000, (port, name, count) => H2LoadAsync(port, name, count, ["--h1", "-c", "64"])),
        new("http2", "HTTP/2, 4 connections of 16 streams", 10_000, 300_000, (port, name, count) => H2LoadAsync(port, name, count, ["-c", "4", "-m", "16"])),
    ];

    private static Task NewConnectionsAsync(int port, string name, int count)
    {
        var left = count;
        return Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await NewConnectionAsync(port, name);
        }));
    }

    private static async Task NewConnectionAsync(int port, string name)
    {
        using var stop = new CancellationTokenSource(Longest);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port, stop.Token);
        await using var stream = new NetworkStream(socket);
        await using var tls = new SslStream(stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            AllowTlsResume = false,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == $"CN={name}",
            CertificateChainPolicy = NoStores,
        };
        await tls.AuthenticateAsClientAsync(options, stop.Token);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"), stop.Token);
        using var reader = new StreamReader(tls, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(stop.Token);
        if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || !answer.Contains("Hello", StringComparison.Ordinal)) throw new InvalidOperationException($"Not what nginx says:\n{answer}");
    }

    private static async Task H2LoadAsync(int port, string name, int count, string[] arguments)
    {
        var program = RealThing.Require("h2load", "nghttp2-client");
        string[] all = ["-n", count.ToString(CultureInfo.InvariantCulture), .. arguments, string.Create(CultureInfo.InvariantCulture, $"--connect-to=127.0.0.1:{port}"), $"https://{name}/"];
        await using var load = ChildProcess.Start(program, all, [], Path.GetTempPath());
        var codes = await load.LineAsync(line => line.StartsWith("status codes: ", StringComparison.Ordinal), CancellationToken.None);
        await load.ExitAsync(CancellationToken.None);
        if (!codes.StartsWith($"status codes: {count.ToString(CultureInfo.InvariantCulture)} 2xx", StringComparison.Ordinal)) throw new InvalidOperationException($"Not all answered:\n{load.Output}");
    }
}
