using System.Formats.Asn1;
using System.Net;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>The subject alternative names of a request or certificate (RFC 5280 section 4.2.1.6), none of them passed over.</summary>
internal static class GeneralNames
{
    public const string Oid = "2.5.29.17";

    /// <summary>Null where the extension is broken or holds anything but DNS names and addresses.</summary>
    public static IReadOnlyList<Identifier>? Parse(ReadOnlyMemory<byte> extension)
    {
        try
        {
            var reader = new AsnReader(extension, AsnEncodingRules.DER);
            var sequence = reader.ReadSequence();
            reader.ThrowIfNotEmpty();

            var found = new List<Identifier>();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                if (tag.HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 2)))
                    found.Add(new Identifier(Identifier.Dns, sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag).ToLowerInvariant()));
                else if (tag.HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 7)))
                    found.Add(new Identifier(Identifier.Ip, new IPAddress(sequence.ReadOctetString(tag)).ToString()));
                else
                    return null;
            }

            return found;
        }
        catch (Exception error) when (error is AsnContentException or ArgumentException)
        {
            return null;
        }
    }
}
