using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A PKCS#10 request that was checked against its order (RFC 8555 section 7.4).</summary>
internal sealed record SigningRequest(PublicKey PublicKey, IReadOnlyList<Identifier> Identifiers)
{
    /// <param name="isAccountKey">Whether a SubjectPublicKeyInfo is some account's: such a key must not become a certificate's (section 11.1).</param>
    public static SigningRequest Check(byte[] der, IReadOnlyList<Identifier> identifiers, Func<byte[], bool> isAccountKey)
    {
        CertificateRequest request;
        try
        {
            // Loading verifies the request's own signature.
            request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        }
        catch (Exception error) when (error is CryptographicException or NotSupportedException)
        {
            // A curve that the platform does not know is not supported rather than wrong.
            throw Bad("The CSR does not parse, or its signature does not verify.");
        }

        if (isAccountKey(StrongKey(request.PublicKey))) throw Bad("The CSR's key is an account's key.");

        var names = Names(request);
        if (names.Count != identifiers.Count || !identifiers.All(names.Contains)) throw Bad("The CSR's names are not exactly those of the order.");
        CheckSubject(request.SubjectName, names);
        return new SigningRequest(request.PublicKey, identifiers);
    }

    private static IReadOnlyList<Identifier> Names(CertificateRequest request)
    {
        var extensions = request.CertificateExtensions.Where(e => e.Oid?.Value == GeneralNames.Oid).ToList();
        if (extensions.Count != 1) throw Bad("The CSR has no subject alternative names.");
        return GeneralNames.Parse(extensions[0].RawData) ?? throw Bad("The CSR asks for more than DNS names and addresses.");
    }

    private static void CheckSubject(X500DistinguishedName subject, IReadOnlyList<Identifier> names)
    {
        try
        {
            foreach (var part in subject.EnumerateRelativeDistinguishedNames())
            {
                if (part.HasMultipleElements) throw Bad("The CSR's subject is unusual.");
                if (part.GetSingleElementType().Value == "2.5.4.3" && !names.Any(n => n.Value.Equals(part.GetSingleElementValue(), StringComparison.OrdinalIgnoreCase)))
                    throw Bad("The CSR's common name is not among its names.");
            }
        }
        catch (CryptographicException)
        {
            throw Bad("The CSR's subject cannot be read.");
        }
    }

    /// <summary>Let's Encrypt's list: RSA 2048, 3072, 4096; P-256, P-384.</summary>
    private static byte[] StrongKey(PublicKey key)
    {
        try
        {
            using var rsa = key.GetRSAPublicKey();
            if (rsa is not null) return rsa.KeySize is 2048 or 3072 or 4096 ? rsa.ExportSubjectPublicKeyInfo() : throw Bad("An RSA key has 2048, 3072 or 4096 bits.");

            using var ec = key.GetECDsaPublicKey();
            if (ec is null) throw Bad("The CSR's key is neither RSA nor ECDSA.");
            var curve = ec.ExportParameters(false).Curve;
            // One that is spelled out has no name, even if it is P-256 (RFC 5480 section 2.1.1).
            return curve.IsNamed && curve.Oid.Value is "1.2.840.10045.3.1.7" or "1.3.132.0.34" ? ec.ExportSubjectPublicKeyInfo() : throw Bad("An ECDSA key is on P-256 or P-384.");
        }
        catch (CryptographicException)
        {
            throw Bad("The CSR's key cannot be read.");
        }
    }

    private static RefusalException Bad(string detail) => new(new Problem("badCSR", 400, detail));
}
