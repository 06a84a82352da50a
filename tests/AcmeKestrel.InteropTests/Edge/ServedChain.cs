using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>What a server shows a TLS client: its certificate and the others it sent.</summary>
internal sealed class ServedChain
{
    private ServedChain(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        Certificate = certificate;
        Sent = sent;
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Sent beside the certificate.</summary>
    public X509Certificate2Collection Sent { get; }

    public bool IsSelfSigned => Certificate.SubjectName.RawData.AsSpan().SequenceEqual(Certificate.IssuerName.RawData);

    /// <param name="host">The server name; a client sends none for an address.</param>
    public static Task<ServedChain> FetchAsync(int port, string host, CancellationToken cancellationToken) => FetchAsync(new IPEndPoint(IPAddress.Loopback, port), host, cancellationToken);

    /// <summary>The same, of another address.</summary>
    public static async Task<ServedChain> FetchAsync(IPEndPoint server, string host, CancellationToken cancellationToken)
    {
        using var socket = new TcpClient(server.AddressFamily);
        await socket.ConnectAsync(server, cancellationToken);
        X509Certificate2? certificate = null;
        var sent = new X509Certificate2Collection();
        var stream = new SslStream(socket.GetStream(), false, (_, served, chain, _) =>
        {
            certificate = X509CertificateLoader.LoadCertificate(served!.GetRawCertData());
            sent.AddRange(chain!.ChainPolicy.ExtraStore.Select(extra => X509CertificateLoader.LoadCertificate(extra.RawData)).ToArray());
            return true;
        });
        await using (stream)
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, CertificateRevocationCheckMode = X509RevocationMode.NoCheck }, cancellationToken);
        }

        return new ServedChain(certificate!, sent);
    }

    /// <summary>By its own name, or a wildcard's.</summary>
    public bool Covers(string host) => Certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);

    /// <summary>Covers the address, and nothing else.</summary>
    public bool IsOnlyFor(IPAddress address) =>
        Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single() is var names && names.EnumerateIPAddresses().SequenceEqual([address]) && !names.EnumerateDnsNames().Any();

    /// <summary>Builds with nothing but what was sent and the root; the path's length, root and certificate included, or 0.</summary>
    public int PathLengthTo(X509Certificate2 root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(Sent);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(Certificate) ? chain.ChainElements.Count : 0;
    }
}
