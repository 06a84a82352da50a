using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>The CA's own certificates: the root that users import, and the intermediate that issues. Only the intermediate has a key: the root's signs it once and is thrown away, so nothing else can come below an imported root.</summary>
internal sealed record Hierarchy(X509Certificate2 Root, X509Certificate2 Intermediate)
{
    private const string RootName = "AcmeKestrel local root ";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>A certificate with less than this left is replaced at start.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromDays(400);

    /// <summary>Further ways from the intermediate to a root.</summary>
    public IReadOnlyList<CrossSigned> Alternates { get; init; } = [];

    public static Hierarchy Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (root, certificate) = CreateBelowNewRoot(Name($"AcmeKestrel local intermediate {Mark()}"), key, now);
        using (certificate) return new Hierarchy(root, certificate.CopyWithPrivateKey(key));
    }

    /// <summary>A root of its own for this name and key.</summary>
    /// <param name="key">The intermediate's; its private half is not needed.</param>
    public static (X509Certificate2 Root, X509Certificate2 Intermediate) CreateBelowNewRoot(X500DistinguishedName name, ECDsa key, DateTimeOffset now)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority(Name(RootName + Mark()), rootKey, pathLength: 1).CreateSelfSigned(now.AddMinutes(-1), now.AddYears(10));

        var request = Authority(name, key, pathLength: 0);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        return (X509CertificateLoader.LoadCertificate(root.RawData), request.Create(root, now.AddMinutes(-1), root.NotAfter, SerialNumber.New()));
    }

    /// <summary>The same with <paramref name="count"/> alternate roots, which live in memory only.</summary>
    public Hierarchy WithAlternates(int count, DateTimeOffset now) => this with { Alternates = [.. Enumerable.Range(0, count).Select(_ => CrossSigned.Create(Intermediate, now))] };

    /// <summary>Whether a root is one that this library made, in whatever version: anything else is its owner's.</summary>
    public static bool IsOurs(X509Certificate2 root) => root.GetNameInfo(X509NameType.SimpleName, forIssuer: false).StartsWith(RootName, StringComparison.Ordinal);

    /// <summary>Why these two, read from somewhere, cannot be used, or null: they are a pair, they last (those that begin later are none the worse: a clock is behind before it is set, and an imported root stays), and each is held to local TLS servers like those that <see cref="Create"/> makes.</summary>
    public string? FindFault(DateTimeOffset now)
    {
        foreach (var (certificate, what) in new[] { (Root, "root"), (Intermediate, "intermediate") })
        {
            if (certificate.NotAfter < now + Margin) return $"the {what} is near its end";
            if (!IsHeldToLocalServers(certificate)) return $"the {what} is not held to TLS servers with local names";
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = new[] { now.UtcDateTime, Root.NotBefore.ToUniversalTime(), Intermediate.NotBefore.ToUniversalTime() }.Max();
        return chain.Build(Intermediate) ? null : "the intermediate is not the root's";
    }

    private static bool IsHeldToLocalServers(X509Certificate2 certificate)
    {
        var constraints = certificate.Extensions.Where(extension => extension.Oid?.Value == NameConstraints.Oid).ToList();
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList();
        return constraints is [{ Critical: true } only] && only.RawData.AsSpan().SequenceEqual(NameConstraints.Loopback().RawData)
            && usages is [{ EnhancedKeyUsages: [{ Value: ServerAuthentication }] }];
    }

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

        // Both on both: not every verifier reads them off a trust anchor. Usages narrow down the chain: what lies below can have no others.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(NameConstraints.Loopback());
        return request;
    }

    /// <summary>Tells the roots of two machines apart in a trust store.</summary>
    private static string Mark() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
}
