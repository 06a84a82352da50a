using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>What names a certificate in renewal info and in <c>replaces</c> (RFC 9773 section 4.1): its issuer's key identifier and its serial number, base64url, joined by a dot.</summary>
internal sealed record CertificateId
{
    private CertificateId(string text) => Text = text;

    /// <summary>There is one spelling for each certificate, so text compares as the certificate does.</summary>
    public string Text { get; }

    public byte[] KeyIdentifier => StrictBase64Url.Decode(Text[..Text.IndexOf('.', StringComparison.Ordinal)], "The key identifier");

    /// <summary>The content octets of the DER INTEGER: a leading 00 where the first bit is set.</summary>
    public byte[] Serial => StrictBase64Url.Decode(Text[(Text.IndexOf('.', StringComparison.Ordinal) + 1)..], "The serial number");

    public static CertificateId Of(ReadOnlySpan<byte> keyIdentifier, ReadOnlySpan<byte> serial) => new($"{StrictBase64Url.Encode(keyIdentifier)}.{StrictBase64Url.Encode(serial)}");

    /// <summary>Null where the certificate has no authority key identifier: it cannot be named then.</summary>
    public static CertificateId? Of(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } key ? Of(key.Span, certificate.SerialNumberBytes.Span) : null;

    public static CertificateId Parse(string text)
    {
        if (text.Count(c => c == '.') != 1) throw Bad("has not two parts");
        var id = new CertificateId(text);
        if (id.KeyIdentifier.Length == 0) throw Bad("has no key identifier");
        // A serial number is positive (RFC 5280 section 4.1.2.2), and DER knows one way to write it.
        if (id.Serial is not ([> 0 and < 0x80, ..] or [0, >= 0x80, ..])) throw Bad("has a serial number that is not a positive DER integer");
        return id;
    }

    private static RefusalException Bad(string why) => new(Problem.Malformed($"The certificate's identifier {why}."));
}
