using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>
/// RFC 5280 section 4.2.1.10: why importing this root cannot harm. Critical: who does not understand it must refuse the chain. Of each kind of name that verifiers know one harmless branch is permitted,
/// which refuses all others; an empty branch that excludes all is read in many ways. Directory names and the rarer kinds are not constrained, because Go's verifier refuses every chain that does:
/// what such a certificate could be good for, the extended key usage forbids.
/// </summary>
internal static class NameConstraints
{
    public const string Oid = "2.5.29.30";

    private const int Mail = 1;
    private const int Dns = 2;
    private const int Uri = 6;
    private const int Address = 7;

    /// <summary>Nobody's (RFC 2606).</summary>
    private const string Nowhere = "acmekestrel.invalid";

    public static X509Extension Loopback()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            // Each covers the name itself and everything below it.
            Name(writer, Dns, "localhost");
            Name(writer, Dns, "test");
            Network(writer, IPAddress.Parse("127.0.0.0"), IPAddress.Parse("255.0.0.0"));
            Network(writer, IPAddress.IPv6Loopback, IPAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
            Name(writer, Mail, Nowhere);
            Name(writer, Uri, Nowhere);
        }

        return new X509Extension(Oid, writer.Encode(), critical: true);
    }

    private static void Name(AsnWriter writer, int kind, string name)
    {
        using (writer.PushSequence()) writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, kind));
    }

    private static void Network(AsnWriter writer, IPAddress address, IPAddress mask)
    {
        using (writer.PushSequence()) writer.WriteOctetString([.. address.GetAddressBytes(), .. mask.GetAddressBytes()], new Asn1Tag(TagClass.ContextSpecific, Address));
    }
}
