using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Certificates;

/// <summary>A root, an intermediate and leaves that it signs.</summary>
internal static class TestChain
{
    public static readonly DateTimeOffset From = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset To = From.AddDays(90);

    public static (CertificateChain Chain, byte[] Key) Create(AcmeKeyType type, params string[] names)
    {
        var key = CertificateKey.Create(type);
        return (CertificateChain.ParsePem(System.Text.Encoding.ASCII.GetBytes(CreatePem(key, names))), key);
    }

    /// <summary>Signs the request for this key as a CA does: the extensions come from the CSR.</summary>
    public static string CreatePem(byte[] key, params string[] names)
    {
        var csr = CertificateRequest.LoadSigningRequest(
            CertificateKey.CreateSigningRequest(key, [.. names.Select(AcmeIdentifier.Parse)]),
            HashAlgorithmName.SHA256,
            CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);

        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(From.AddDays(-1), To.AddDays(1));
        using var intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var intermediate = Authority("CN=intermediate", intermediateKey).Create(root, From, To, [2]);
        using var leaf = csr.Create(intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(intermediateKey), From, To, [3]);
        return leaf.ExportCertificatePem() + "\n" + intermediate.ExportCertificatePem() + "\n";
    }

    private static CertificateRequest Authority(string name, ECDsa key) => new(name, key, HashAlgorithmName.SHA256)
    {
        CertificateExtensions = { new X509BasicConstraintsExtension(true, false, 0, true) },
    };
}
