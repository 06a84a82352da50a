using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>The CA's own TLS certificate: from its own intermediate, in memory, renewed when a connection finds it old.</summary>
internal sealed class ListenerCertificate(Hierarchy hierarchy, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private static readonly Identifier[] Names = [new(Identifier.Dns, "localhost"), new(Identifier.Ip, "127.0.0.1"), new(Identifier.Ip, "::1")];

    private readonly Lock _gate = new();
    private SslStreamCertificateContext? _current;
    private DateTimeOffset _renewAt;

    public SslStreamCertificateContext Current()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_current is not null && now < _renewAt) return _current;

            _renewAt = now + (Lifetime / 2);
            return _current = Create(now);
        }
    }

    private SslStreamCertificateContext Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new LeafIssuer(hierarchy).Issue(new PublicKey(key), Names, now, Lifetime);
        var certificate = leaf.CopyWithPrivateKey(key);
        // SChannel cannot use a key that lives in memory only.
        if (OperatingSystem.IsWindows()) certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
        return SslStreamCertificateContext.Create(certificate, [X509CertificateLoader.LoadCertificate(hierarchy.Intermediate.RawData)], offline: true);
    }
}
