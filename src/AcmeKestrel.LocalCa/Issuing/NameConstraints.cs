using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>The root's critical name constraints (RFC 5280 section 4.2.1.10): <c>localhost</c> and <c>test</c> with all below them, and loopback addresses.</summary>
internal static class NameConstraints
{
    public static X509Extension LoopbackOnly()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            DnsName(writer, "localhost");
            DnsName(writer, "test");
            Address(writer, [127, 0, 0, 0, 255, 0, 0, 0]);
            Address(writer, [.. new byte[15], 1, .. Enumerable.Repeat((byte)0xFF, 16)]);
        }

        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);
    }

    private static void DnsName(AsnWriter writer, string name)
    {
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
    }

    /// <summary>Address and mask, one after the other.</summary>
    private static void Address(AsnWriter writer, byte[] addressAndMask)
    {
        using (writer.PushSequence()) writer.WriteOctetString(addressAndMask, new Asn1Tag(TagClass.ContextSpecific, 7));
    }
}
