using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;
using X509PublicKey = System.Security.Cryptography.X509Certificates.PublicKey;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Root and intermediate, and the leaves the intermediate signs.</summary>
internal sealed class CertificateAuthority(X509Certificate2 root, X509Certificate2 intermediate, TimeProvider time)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>What a client must trust.</summary>
    public string RootPem { get; } = root.ExportCertificatePem() + "\n";

    public X509Certificate2 Intermediate { get; } = intermediate;

    /// <summary>A root that can do no harm outside this machine: its name constraints are critical (promise 12).</summary>
    public static X509Certificate2 CreateRoot(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject("AcmeKestrel local root"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 1, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(NameConstraints.LoopbackOnly());
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
    }

    public static X509Certificate2 CreateIntermediate(X509Certificate2 root, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject("AcmeKestrel local intermediate"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        using var certificate = request.Create(root, now.AddDays(-1), root.NotAfter, SerialNumber());
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A server certificate for these names; the leaf in DER, and leaf and intermediate as PEM.</summary>
    public (byte[] Leaf, string Pem) Issue(X509PublicKey publicKey, IReadOnlyCollection<Identifier> names, TimeSpan lifetime)
    {
        using var leaf = IssueLeaf(publicKey, names, lifetime);
        return (leaf.RawData, leaf.ExportCertificatePem() + "\n" + Intermediate.ExportCertificatePem() + "\n");
    }

    /// <summary>For the CA's own listener.</summary>
    public X509Certificate2 IssueForListener()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = IssueLeaf(new X509PublicKey(key), [new("dns", "localhost"), new("ip", "127.0.0.1"), new("ip", "::1")], TimeSpan.FromDays(365));
        return leaf.CopyWithPrivateKey(key);
    }

    private X509Certificate2 IssueLeaf(X509PublicKey publicKey, IReadOnlyCollection<Identifier> names, TimeSpan lifetime)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), publicKey, HashAlgorithmName.SHA256);
        var isRsa = publicKey.Oid.Value == "1.2.840.113549.1.1.1";
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | (isRsa ? X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.None), true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Intermediate, true, false));

        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (name.Type == "ip") alternatives.AddIpAddress(System.Net.IPAddress.Parse(name.Value));
            else alternatives.AddDnsName(name.Value);
        }

        // Critical, because the subject is empty (RFC 5280 section 4.2.1.6).
        request.CertificateExtensions.Add(alternatives.Build(critical: true));

        // A minute of slack for clocks, as public CAs give an hour; X.509 has no fractions of seconds.
        var begin = time.GetUtcNow().AddMinutes(-1);
        begin = begin.AddTicks(-(begin.Ticks % TimeSpan.TicksPerSecond));
        return request.Create(Intermediate, begin, begin + lifetime, SerialNumber());
    }

    private static string Subject(string name) => $"CN={name} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";

    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
