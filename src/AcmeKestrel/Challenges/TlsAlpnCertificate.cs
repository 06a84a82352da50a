using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>The self-signed certificate a tls-alpn-01 probe must be shown (RFC 8737 section 3, RFC 8738 section 6).</summary>
internal static class TlsAlpnCertificate
{
    private const string AcmeIdentifierOid = "1.3.6.1.5.5.7.1.31";
    private const string SubjectAlternativeNameOid = "2.5.29.17";

    public static X509Certificate2 Create(ChallengeAnswer answer, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ACME challenge", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension(SubjectAlternativeNameOid, AlternativeName(answer.Identifier), critical: false));
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifierOid, Digest(answer.KeyAuthorization), critical: true));

        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
        return TlsCertificate.Usable(certificate);
    }

    /// <summary>Exactly one name: SEQUENCE { [2] dNSName | [7] iPAddress } (RFC 5280 section 4.2.1.6).</summary>
    private static byte[] AlternativeName(AcmeIdentifier identifier)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (identifier.Type == AcmeIdentifierType.Ip) writer.WriteOctetString(IPAddress.Parse(identifier.Value).GetAddressBytes(), new Asn1Tag(TagClass.ContextSpecific, 7));
            else writer.WriteCharacterString(UniversalTagNumber.IA5String, identifier.Value, new Asn1Tag(TagClass.ContextSpecific, 2));
        }

        return writer.Encode();
    }

    private static byte[] Digest(string keyAuthorization)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization)));
        return writer.Encode();
    }
}
