using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Signs server certificates with the intermediate.</summary>
internal sealed class LeafIssuer(Hierarchy hierarchy)
{
    private readonly Lock _gate = new();

    public X509Certificate2 Issue(PublicKey key, IReadOnlyList<Identifier> identifiers, DateTimeOffset now, TimeSpan lifetime)
    {
        // The subject stays empty, so the names are critical (RFC 5280 section 4.1.2.6).
        var request = new CertificateRequest(new X500DistinguishedNameBuilder().Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(Names(identifiers));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(hierarchy.Intermediate, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        // A second counts at both ends (section 4.1.2.5), and a leaf does not outlive its issuer.
        var end = now + lifetime - TimeSpan.FromSeconds(1);
        if (end > hierarchy.Intermediate.NotAfter) end = hierarchy.Intermediate.NotAfter;

        // One key object signs for one caller at a time.
        lock (_gate)
        {
            using var signer = hierarchy.Intermediate.GetECDsaPrivateKey()!;
            return request.Create(hierarchy.Intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), now, end, SerialNumber.New());
        }
    }

    /// <summary>Leaf first, then its issuer; the root stays home (RFC 8555 section 7.4.2).</summary>
    public (byte[] Der, string Pem) Issue(SigningRequest request, DateTimeOffset now, TimeSpan lifetime)
    {
        using var leaf = Issue(request.PublicKey, request.Identifiers, now, lifetime);
        return (leaf.RawData, $"{leaf.ExportCertificatePem()}\n{hierarchy.Intermediate.ExportCertificatePem()}\n");
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
