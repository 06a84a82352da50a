using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>A certificate that another program obtained, with its key: checked as an issued one is, and of a kind that this program would order. Pure.</summary>
internal sealed record ImportedCertificate(CertificateChain Chain, ReadOnlyMemory<byte> PrivateKeyPkcs8, AcmeKeyType KeyType)
{
    /// <summary>In the place of an order's URL, which nobody knows: the same certificate has the same, however often it comes.</summary>
    public string Origin => $"{GenerationOrigin.WithoutOrder}{Convert.ToHexStringLower(SHA256.HashData(Chain.Leaf.Span))}";

    /// <param name="chainPem">Leaf first.</param>
    /// <exception cref="FormatException">It cannot be used; the message is a sentence.</exception>
    public static ImportedCertificate Read(string chainPem, string keyPem)
    {
        var chain = CertificateChain.ParsePem(Encoding.UTF8.GetBytes(chainPem));
        var key = CertificateKey.FromPem(Encoding.UTF8.GetBytes(keyPem));
        if (IssuedCertificateCheck.FindFault(chain, key, []) is { } fault) throw new FormatException(fault);
        if (chain.Identifiers.Count == 0) throw new FormatException("The certificate is for no name.");

        return new ImportedCertificate(chain, key, TypeOf(key));
    }

    /// <summary>What is served is renewed, and what is renewed has one of the types that can be wished.</summary>
    private static AcmeKeyType TypeOf(ReadOnlySpan<byte> pkcs8)
    {
        using var key = CertificateKey.Open(pkcs8);
        return (key, key.KeySize) switch
        {
            (RSA, 2048) => AcmeKeyType.Rsa2048,
            (RSA, 3072) => AcmeKeyType.Rsa3072,
            (RSA, 4096) => AcmeKeyType.Rsa4096,
            (ECDsa curve, 256) when IsCurve(curve, ECCurve.NamedCurves.nistP256) => AcmeKeyType.P256,
            (ECDsa curve, 384) when IsCurve(curve, ECCurve.NamedCurves.nistP384) => AcmeKeyType.P384,
            _ => throw new FormatException($"The key is none that can be wished ({(key is RSA ? "RSA" : "ECDSA")}, {key.KeySize} bits): have the name ordered anew."),
        };
    }

    private static bool IsCurve(ECDsa key, ECCurve curve) => key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == curve.Oid.Value;
}
