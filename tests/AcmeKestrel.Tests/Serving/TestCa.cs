using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A root and an intermediate that issue what a CA would send.</summary>
internal sealed class TestCa
{
    /// <summary>A certificate has whole seconds.</summary>
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    private readonly X509Certificate2 _intermediate;
    private int _issued;

    public TestCa()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Root = Authority("CN=Test Root", rootKey).CreateSelfSigned(Now.AddDays(-400), Now.AddYears(10));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Authority("CN=Test Intermediate", key).Create(Root, Now.AddDays(-400), Now.AddYears(5), [2]);
        _intermediate = signed.CopyWithPrivateKey(key);
    }

    public X509Certificate2 Root { get; }

    public byte[] IntermediateDer => _intermediate.RawData;

    public Generation Issue(params string[] names) => Issue(names[0], KeyFamily.P256, Now.AddDays(60), names);

    public Generation Issue(string label, KeyFamily family, DateTimeOffset notAfter, params string[] names)
    {
        var number = Interlocked.Increment(ref _issued);
        using AsymmetricAlgorithm key = family == KeyFamily.Rsa ? RSA.Create(2048) : ECDsa.Create(family == KeyFamily.P384 ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest("", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("", (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(AlternativeNames(names));
        var notBefore = notAfter.AddDays(-90);
        using var leaf = request.Create(
            _intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(_intermediate.GetECDsaPrivateKey()!), notBefore, notAfter, BitConverter.GetBytes(number));

        var chain = new CertificateChain(leaf.RawData, [IntermediateDer], [.. names.Select(AcmeIdentifier.Parse)], family, notBefore, notAfter);
        var origin = new GenerationOrigin(
            $"https://ca.test/order/{number}", $"https://ca.test/certificate/{number}", "https://ca.test/dir", "https://ca.test/account/1", AcmeKeyType.P256, null, null, notBefore);
        return new Generation(label, $"generation-{number}", chain, key.ExportPkcs8PrivateKey(), origin);
    }

    /// <summary>A certificate of the user's own, not known to the table.</summary>
    public X509Certificate2 UsersOwn(string name)
    {
        var generation = Issue(name);
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(generation.PrivateKeyPkcs8.Span, out _);
        return leaf.CopyWithPrivateKey(key);
    }

    private static X509Extension AlternativeNames(string[] names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) builder.AddIpAddress(address);
            else builder.AddDnsName(name);
        }

        return builder.Build();
    }

    private static CertificateRequest Authority(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request;
    }
}
