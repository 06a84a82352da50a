using System.Formats.Asn1;

namespace AcmeKestrel.Certificates;

/// <summary>Whether a private key is a certificate's, by the public half that both hold (RFC 5915 section 3, RFC 8017 appendix A.1). Whoever signs with it finds out for good.</summary>
internal static class KeyMatch
{
    private static readonly Asn1Tag Parameters = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag PublicHalf = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <param name="publicKey">SubjectPublicKeyInfo, DER.</param>
    /// <returns>Null where the private key does not hold its public half: only the platform can tell.</returns>
    public static bool? Test(ReadOnlyMemory<byte> privateKeyPkcs8, ReadOnlyMemory<byte> publicKey)
    {
        try
        {
            var spki = new AsnReader(publicKey, AsnEncodingRules.DER).ReadSequence();
            var publicAlgorithm = spki.ReadEncodedValue();
            var publicBits = spki.ReadBitString(out _);

            var info = new AsnReader(privateKeyPkcs8, AsnEncodingRules.BER).ReadSequence();
            info.ReadIntegerBytes();
            var algorithm = info.ReadEncodedValue();
            var key = new AsnReader(info.ReadOctetString(), AsnEncodingRules.BER).ReadSequence();

            // Written otherwise it may be the same all the same.
            if (!algorithm.Span.SequenceEqual(publicAlgorithm.Span)) return null;

            return new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier() == CertificateKey.RsaOid ? IsRsaKeyOf(key, publicBits) : IsEcKeyOf(key, publicBits);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool? IsEcKeyOf(AsnReader key, byte[] publicPoint)
    {
        key.ReadIntegerBytes();
        key.ReadOctetString();
        if (key.HasData && key.PeekTag().HasSameClassAndValue(Parameters)) key.ReadEncodedValue();
        if (!key.HasData || !key.PeekTag().HasSameClassAndValue(PublicHalf)) return null;

        return key.ReadSequence(PublicHalf).ReadBitString(out _).AsSpan().SequenceEqual(publicPoint);
    }

    private static bool IsRsaKeyOf(AsnReader key, byte[] publicKey)
    {
        var theirs = new AsnReader(publicKey, AsnEncodingRules.DER).ReadSequence();
        key.ReadIntegerBytes();
        return key.ReadIntegerBytes().Span.SequenceEqual(theirs.ReadIntegerBytes().Span) && key.ReadIntegerBytes().Span.SequenceEqual(theirs.ReadIntegerBytes().Span);
    }
}
