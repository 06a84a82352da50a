using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>RFC 5280 section 4.2.1.10: why importing this root cannot harm. Critical: who does not understand it must refuse the chain.</summary>
internal static class NameConstraints
{
    public const string Oid = "2.5.29.30";

    public static X509Extension Loopback()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            // Each covers the name itself and everything below it.
            Dns(writer, "localhost");
            Dns(writer, "test");
            Network(writer, IPAddress.Parse("127.0.0.0"), IPAddress.Parse("255.0.0.0"));
            Network(writer, IPAddress.IPv6Loopback, IPAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        }

        return new X509Extension(Oid, writer.Encode(), critical: true);
    }

    private static void Dns(AsnWriter writer, string name)
    {
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
    }

    private static void Network(AsnWriter writer, IPAddress address, IPAddress mask)
    {
        using (writer.PushSequence()) writer.WriteOctetString([.. address.GetAddressBytes(), .. mask.GetAddressBytes()], new Asn1Tag(TagClass.ContextSpecific, 7));
    }
}
