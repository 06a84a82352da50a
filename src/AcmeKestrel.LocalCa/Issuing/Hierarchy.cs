using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>The CA's own certificates: the root that users import, and the intermediate that issues. Both hold their keys.</summary>
internal sealed record Hierarchy(X509Certificate2 Root, X509Certificate2 Intermediate)
{
    /// <summary>A certificate with less than this left is replaced at start.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromDays(400);

    /// <summary>Further ways from the intermediate to a root.</summary>
    public IReadOnlyList<CrossSigned> Alternates { get; init; } = [];

    public static bool IsFresh(X509Certificate2 certificate, DateTimeOffset now) => certificate.NotBefore <= now && certificate.NotAfter > now + Margin;

    public static X509Certificate2 NewRoot(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Authority(Name($"AcmeKestrel local root {Mark()}"), key, pathLength: 1);
        return request.CreateSelfSigned(now.AddMinutes(-1), now.AddYears(10));
    }

    public static X509Certificate2 NewIntermediate(X509Certificate2 root, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = SignIntermediate(Name($"AcmeKestrel local intermediate {Mark()}"), key, root, now);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <param name="key">The intermediate's; its private half is not needed.</param>
    public static X509Certificate2 SignIntermediate(X500DistinguishedName name, ECDsa key, X509Certificate2 root, DateTimeOffset now)
    {
        var request = Authority(name, key, pathLength: 0);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        var end = now.AddYears(5);
        return request.Create(root, now.AddMinutes(-1), end < root.NotAfter ? end : root.NotAfter, SerialNumber.New());
    }

    public static Hierarchy Create(DateTimeOffset now)
    {
        var root = NewRoot(now);
        return new Hierarchy(root, NewIntermediate(root, now));
    }

    /// <summary>The same with <paramref name="count"/> alternate roots, which live in memory only.</summary>
    public Hierarchy WithAlternates(int count, DateTimeOffset now) => this with { Alternates = [.. Enumerable.Range(0, count).Select(_ => CrossSigned.Create(Intermediate, now))] };

    private static X500DistinguishedName Name(string commonName)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        return subject.Build();
    }

    private static CertificateRequest Authority(X500DistinguishedName name, ECDsa key, int pathLength)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        // On both: not every verifier reads constraints off a trust anchor.
        request.CertificateExtensions.Add(NameConstraints.Loopback());
        return request;
    }

    /// <summary>Tells the roots of two machines apart in a trust store.</summary>
    private static string Mark() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
}
