using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>A client that makes full handshakes and looks at what it is shown.</summary>
internal static class FleetVisitor
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>A client that looks through the system's stores at each connection would leave the servers too little of the machine.</summary>
    private static readonly X509ChainPolicy NoStores = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };

    /// <summary>The fingerprint of the certificate that somebody issued for the name; null where none is served.</summary>
    public static async Task<string?> SeeAsync(int port, string name)
    {
        string? seen = null;
        try
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
                CertificateChainPolicy = NoStores,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    if (certificate is { } shown && shown.Issuer != shown.Subject) seen = shown.GetCertHashString();
                    return seen is not null;
                },
            };
            await tls.AuthenticateAsClientAsync(options, stop.Token);
            return seen;
        }
        catch (Exception refused) when (refused is SocketException or IOException or AuthenticationException)
        {
            return null;
        }
    }

    /// <summary>Until it is served there; its fingerprint.</summary>
    public static async Task<string> ServedAsync(int port, string name)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (true)
        {
            if (await SeeAsync(port, name) is { } seen) return seen;
            await Task.Delay(Pause, patience.Token);
        }
    }

    /// <summary>So many visits, some at a time, to names and machines in turns. All are served.</summary>
    public static Task VisitAsync(int count, IReadOnlyList<int> ports, IReadOnlyList<string> names)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                var (port, name) = (ports[i % ports.Count], names[i / ports.Count % names.Count]);
                if (await SeeAsync(port, name) is null) throw new InvalidOperationException($"{name} is not served at {port}.");
            }
        }));
    }
}
