using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Soak;

/// <summary>A browser that knows one CA, keeps sessions, and holds what it is shown against what may be shown.</summary>
internal sealed class SoakClient(IPEndPoint server, X509Certificate2 root) : IAsyncDisposable
{
    private const int CertificateBytes = 500;

    private readonly List<SslStream> _kept = [];

    /// <summary>The platform may close a client's context, and all its sessions with it, while no connection has it.</summary>
    public async Task KeepSessionsAsync(Succession name, CancellationToken cancellationToken)
    {
        foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 }) _kept.Add((await ConnectAsync(name, version, cancellationToken)).Tls);
    }

    /// <summary>Whether it resumed a session.</summary>
    /// <exception cref="InvalidOperationException">It was shown a certificate that was replaced before it came.</exception>
    public async Task<bool> VisitAsync(Succession name, SslProtocols version, CancellationToken cancellationToken)
    {
        var (tls, hasResumed) = await ConnectAsync(name, version, cancellationToken);
        await tls.DisposeAsync();
        return hasResumed;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var kept in _kept) await kept.DisposeAsync();
    }

    private async Task<(SslStream Tls, bool HasResumed)> ConnectAsync(Succession name, SslProtocols version, CancellationToken cancellationToken)
    {
        var oldest = name.Oldest;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            var stream = new CountingStream(socket);
            tls = new SslStream(stream);
            byte[] leaf = [];
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name.Name,
                    EnabledSslProtocols = version,
                    CertificateChainPolicy = Policy(),

                    // The platform has looked at the name and the chain; a session that is resumed is held to the same.
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    {
                        leaf = certificate?.GetRawCertData() ?? [];
                        return errors == SslPolicyErrors.None;
                    },
                },
                cancellationToken);
            var hasResumed = stream.Received < CertificateBytes;

            // The tickets come with it.
            await tls.ReadExactlyAsync(new byte[1], cancellationToken);
            var shown = name.NumberOf(leaf);
            if (shown < oldest) throw new InvalidOperationException($"{name.Name} was shown certificate {shown}, and {oldest} was published before it came (resumed: {hasResumed}).");
            return (tls, hasResumed);
        }
        catch
        {
            if (tls is not null) await tls.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(root);
        return policy;
    }
}
