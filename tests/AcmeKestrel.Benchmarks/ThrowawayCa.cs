using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Benchmarks;

/// <summary>P-256 all the way, one intermediate: what Let's Encrypt's ECDSA chains look like. Its keys live as long as it does.</summary>
internal sealed class ThrowawayCa : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly DateTimeOffset _notBefore = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly DateTimeOffset _notAfter = DateTimeOffset.UtcNow.AddDays(89);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _intermediate;
    private readonly Lock _signing = new();

    public ThrowawayCa()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Root = Authority("CN=Root", rootKey).CreateSelfSigned(_notBefore, _notAfter);
        _intermediate = Authority("CN=Intermediate", _key).Create(Root, _notBefore, _notAfter, Serial());
    }

    public X509Certificate2 Root { get; }

    /// <summary>A certificate for one name, with a new key. May be called by several threads at once.</summary>
    /// <param name="directoryUrl">The CA it pretends to come from.</param>
    public Generation Issue(string name, string id, string directoryUrl)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_intermediate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var leaf = Sign(request);
        return new Generation(
            name,
            id,
            new CertificateChain(leaf.RawData, [_intermediate.RawData], [AcmeIdentifier.Parse(name)], KeyFamily.P256, leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime()),
            key.ExportPkcs8PrivateKey(),
            new GenerationOrigin($"{directoryUrl}/order/{name}", $"{directoryUrl}/certificate/{name}", directoryUrl, $"{directoryUrl}/account/1", AcmeKeyType.P256, null, "http-01", _notBefore));
    }

    public void Dispose()
    {
        Root.Dispose();
        _intermediate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(CertificateRequest request)
    {
        lock (_signing) return request.Create(_intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), _notBefore, _notAfter, Serial());
    }

    private static CertificateRequest Authority(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    /// <summary>Positive, without a leading zero.</summary>
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }
}
