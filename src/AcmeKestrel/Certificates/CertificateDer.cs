using System.Formats.Asn1;

namespace AcmeKestrel.Certificates;

/// <summary>
/// What a certificate says, read from its DER alone (RFC 5280 section 4.1). The platform is not asked: OpenSSL 3 looks for a decoder of the public key each time, which costs more than all else of a
/// cold certificate together. Whoever uses the certificate has it read by the platform as well.
/// </summary>
/// <param name="Issuer">The name's DER.</param>
/// <param name="Subject">The name's DER.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER.</param>
/// <param name="SubjectAlternativeNames">The extension's content, DER; null where there is none.</param>
internal sealed record CertificateDer(
    ReadOnlyMemory<byte> Issuer,
    ReadOnlyMemory<byte> Subject,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    ReadOnlyMemory<byte> PublicKey,
    ReadOnlyMemory<byte>? SubjectAlternativeNames)
{
    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag IssuerUniqueId = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag SubjectUniqueId = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag ExtensionList = new(TagClass.ContextSpecific, 3, isConstructed: true);

    /// <exception cref="FormatException">It is no certificate.</exception>
    public static CertificateDer Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var file = new AsnReader(der, AsnEncodingRules.DER);
            var certificate = file.ReadSequence();
            file.ThrowIfNotEmpty();
            var content = certificate.ReadSequence();
            certificate.ReadSequence();
            certificate.ReadBitString(out _);
            certificate.ThrowIfNotEmpty();

            if (content.PeekTag().HasSameClassAndValue(Version)) content.ReadSequence(Version);
            content.ReadIntegerBytes();
            content.ReadSequence();
            var issuer = content.ReadEncodedValue();
            var validity = content.ReadSequence();
            var (notBefore, notAfter) = (ReadTime(validity), ReadTime(validity));
            var subject = content.ReadEncodedValue();
            var publicKey = content.ReadEncodedValue();
            if (content.HasData && content.PeekTag().HasSameClassAndValue(IssuerUniqueId)) content.ReadEncodedValue();
            if (content.HasData && content.PeekTag().HasSameClassAndValue(SubjectUniqueId)) content.ReadEncodedValue();
            return new CertificateDer(issuer, subject, notBefore, notAfter, publicKey, content.HasData ? FindNames(content.ReadSequence(ExtensionList).ReadSequence()) : null);
        }
        catch (AsnContentException damage)
        {
            throw new FormatException("The certificate chain holds a damaged certificate.", damage);
        }
    }

    /// <summary>Dates until 2049 have two digits of the year (RFC 5280 section 4.1.2.5).</summary>
    private static DateTimeOffset ReadTime(AsnReader validity) =>
        validity.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? validity.ReadUtcTime(twoDigitYearMax: 2049) : validity.ReadGeneralizedTime();

    private static ReadOnlyMemory<byte>? FindNames(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var isNames = extension.ReadObjectIdentifier() == SubjectNames.SubjectAlternativeNameOid;
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)) extension.ReadBoolean();
            var value = extension.ReadOctetString();
            if (isNames) return value;
        }

        return null;
    }
}
