using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>Whether a certificate is the answer to a tls-alpn-01 challenge (RFC 8737 section 3).</summary>
internal static class CertificateProof
{
    private const string AcmeIdentifier = "1.3.6.1.5.5.7.1.31";

    /// <summary>What is wrong with it; null = nothing.</summary>
    public static string? Objection(X509Certificate2 certificate, Identifier identifier, string keyAuthorization)
    {
        if (!certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) || !SignsItself(certificate)) return "The certificate is not self-signed.";

        var names = certificate.Extensions.Where(e => e.Oid?.Value == GeneralNames.Oid).Select(e => GeneralNames.Parse(e.RawData)).ToList();
        if (names is not [[var name]] || name != identifier) return $"The certificate's only alternative name is not {identifier.Value}.";

        var proofs = certificate.Extensions.Where(e => e.Oid?.Value == AcmeIdentifier).ToList();
        if (proofs is not [var proof]) return "The certificate has no acmeIdentifier extension.";
        if (!proof.Critical) return "The acmeIdentifier extension is not critical.";
        return Digest(proof.RawData) is { } digest && digest.AsSpan().SequenceEqual(SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization)))
            ? null
            : "The acmeIdentifier extension holds another key authorization's digest.";
    }

    private static byte[]? Digest(byte[] extension)
    {
        try
        {
            var reader = new AsnReader(extension, AsnEncodingRules.DER);
            var digest = reader.ReadOctetString();
            reader.ThrowIfNotEmpty();
            return digest;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool SignsItself(X509Certificate2 certificate)
    {
        try
        {
            // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
            var parts = new AsnReader(certificate.RawData, AsnEncodingRules.DER).ReadSequence();
            var signed = parts.ReadEncodedValue().Span;
            parts.ReadEncodedValue();
            var signature = parts.ReadBitString(out _);

            var hash = certificate.SignatureAlgorithm.Value switch
            {
                "1.2.840.10045.4.3.2" or "1.2.840.113549.1.1.11" => HashAlgorithmName.SHA256,
                "1.2.840.10045.4.3.3" or "1.2.840.113549.1.1.12" => HashAlgorithmName.SHA384,
                "1.2.840.10045.4.3.4" or "1.2.840.113549.1.1.13" => HashAlgorithmName.SHA512,
                _ => default,
            };
            if (hash.Name is null) return false;

            using var ec = certificate.GetECDsaPublicKey();
            if (ec is not null) return ec.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
            using var rsa = certificate.GetRSAPublicKey();
            return rsa is not null && rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1);
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            return false;
        }
    }
}
