using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Signs server certificates with the intermediate.</summary>
internal sealed class LeafIssuer(Hierarchy hierarchy)
{
    private readonly Lock _gate = new();

    /// <param name="serial">An unsigned number; null = a random one.</param>
    /// <param name="crlUrl">Where to ask for the CRL; null = not said.</param>
    public X509Certificate2 Issue(PublicKey key, IReadOnlyList<Identifier> identifiers, DateTimeOffset now, TimeSpan lifetime, byte[]? serial = null, string? crlUrl = null)
    {
        // The subject stays empty, so the names are critical (RFC 5280 section 4.1.2.6).
        var request = new CertificateRequest(new X500DistinguishedNameBuilder().Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(Names(identifiers));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(hierarchy.Intermediate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (crlUrl is not null) request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([crlUrl]));

        // A second counts at both ends (section 4.1.2.5), and a leaf does not outlive its issuer.
        var end = now + lifetime - TimeSpan.FromSeconds(1);
        if (end > hierarchy.Intermediate.NotAfter) end = hierarchy.Intermediate.NotAfter;

        return Sign(issuer =>
        {
            using var signer = issuer.GetECDsaPrivateKey()!;
            return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), now, end, serial ?? SerialNumber.New());
        });
    }

    /// <summary>Lends the intermediate with its key: one key object signs for one caller at a time.</summary>
    public T Sign<T>(Func<X509Certificate2, T> sign)
    {
        lock (_gate) return sign(hierarchy.Intermediate);
    }

    private static X509Extension Names(IReadOnlyList<Identifier> identifiers)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var identifier in identifiers)
        {
            if (identifier.Type == Identifier.Ip) names.AddIpAddress(IPAddress.Parse(identifier.Value));
            else names.AddDnsName(identifier.Value);
        }

        return names.Build(critical: true);
    }
}
