using System.Formats.Asn1;
using System.Security.Cryptography;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>The secret number of an elliptic-curve key (RFC 5915 section 3), taken out of its PKCS#8 (RFC 5958 section 2). What else the key says of itself is not believed.</summary>
/// <param name="Curve">OpenSSL's number of it.</param>
/// <param name="Number">Big-endian, as long as the curve's order.</param>
internal readonly record struct EcSecret(int Curve, ReadOnlyMemory<byte> Number)
{
    private const int P256 = 415; // NID_X9_62_prime256v1
    private const int P384 = 715; // NID_secp384r1
    private const int P521 = 716; // NID_secp521r1

    /// <summary>Null for keys of another kind or curve, and for what is none.</summary>
    public static EcSecret? TryRead(ReadOnlyMemory<byte> pkcs8)
    {
        try
        {
            var info = new AsnReader(pkcs8, AsnEncodingRules.DER).ReadSequence();
            info.ReadIntegerBytes();
            var algorithm = info.ReadSequence();
            if (algorithm.ReadObjectIdentifier() != CertificateKey.EcOid) return null;

            var curve = algorithm.ReadObjectIdentifier();
            if (!info.TryReadPrimitiveOctetString(out var content)) return null;

            var key = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
            key.ReadIntegerBytes();
            if (!key.TryReadPrimitiveOctetString(out var number)) return null;

            return (curve, number.Length) switch
            {
                ("1.2.840.10045.3.1.7", 32) => new EcSecret(P256, number),
                ("1.3.132.0.34", 48) => new EcSecret(P384, number),
                ("1.3.132.0.35", 66) => new EcSecret(P521, number),
                _ => null,
            };
        }
        catch (Exception other) when (other is AsnContentException or CryptographicException)
        {
            return null;
        }
    }
}
