using System.Formats.Asn1;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>Where a certificate says that its revocation is listed (RFC 5280 section 4.2.1.13), and as what.</summary>
/// <param name="Serial">The content of the serial number's DER.</param>
internal sealed record RevocationPoint(RevocationPlace Place, ReadOnlyMemory<byte> Serial)
{
    private const string DistributionPointsOid = "2.5.29.31";
    private const int LongestUrl = 2048;

    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExtensionList = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private static readonly Asn1Tag PointName = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag FullName = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag UriName = new(TagClass.ContextSpecific, 6);

    /// <summary>Null where the certificate names no list that can be fetched, or is none; and where nobody vouches for a list, since its issuer is not known.</summary>
    public static RevocationPoint? Of(Generation generation) => generation.Chain.Intermediates is [var issuer, ..] ? Of(generation.Chain.Leaf, issuer) : null;

    /// <summary>As above.</summary>
    public static RevocationPoint? Of(ReadOnlyMemory<byte> certificate, ReadOnlyMemory<byte> signer)
    {
        try
        {
            var content = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
            if (content.PeekTag().HasSameClassAndValue(Version)) content.ReadSequence(Version);
            var serial = content.ReadIntegerBytes();
            content.ReadSequence();
            var issuer = content.ReadEncodedValue();

            // Validity, subject and public key.
            for (var part = 0; part < 3; part++) content.ReadEncodedValue();
            while (content.HasData && !content.PeekTag().HasSameClassAndValue(ExtensionList)) content.ReadEncodedValue();
            return content.HasData && FindUrl(content.ReadSequence(ExtensionList).ReadSequence()) is { } url ? new RevocationPoint(new RevocationPlace(url, issuer, signer), serial) : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static Uri? FindUrl(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var isPoints = extension.ReadObjectIdentifier() == DistributionPointsOid;
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)) extension.ReadBoolean();
            var value = extension.ReadOctetString();
            if (isPoints) return FindUrlOfPoints(new AsnReader(value, AsnEncodingRules.DER).ReadSequence());
        }

        return null;
    }

    private static Uri? FindUrlOfPoints(AsnReader points)
    {
        while (points.HasData)
        {
            var point = points.ReadSequence();
            if (!point.HasData || !point.PeekTag().HasSameClassAndValue(PointName)) continue;

            var name = point.ReadSequence(PointName);
            if (!name.HasData || !name.PeekTag().HasSameClassAndValue(FullName)) continue;

            var names = name.ReadSequence(FullName);
            while (names.HasData)
            {
                if (!names.PeekTag().HasSameClassAndValue(UriName)) names.ReadEncodedValue();
                else if (ParseUrl(names.ReadCharacterString(UniversalTagNumber.IA5String, UriName)) is { } url) return url;
            }
        }

        return null;
    }

    /// <summary>Such a list is signed, so it may come by http (RFC 5280 section 8).</summary>
    private static Uri? ParseUrl(string text) =>
        text.Length <= LongestUrl && Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.UserInfo.Length == 0 && url.Fragment.Length == 0 ? url : null;
}
