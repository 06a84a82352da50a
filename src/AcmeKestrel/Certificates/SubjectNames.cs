using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Certificates;

/// <summary>Reads the names a certificate is for out of its subject alternative name extension (RFC 5280 section 4.2.1.6).</summary>
internal static class SubjectNames
{
    public const string SubjectAlternativeNameOid = "2.5.29.17";

    /// <summary>Every DNS name and address that could be ordered; others are no business of this library.</summary>
    public static IReadOnlyList<AcmeIdentifier> Of(X509Certificate2 certificate)
    {
        return certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == SubjectAlternativeNameOid) is { } raw ? Of(raw.RawData) : [];
    }

    /// <summary>The same from the extension's content, DER.</summary>
    /// <exception cref="CryptographicException">It is damaged.</exception>
    public static IReadOnlyList<AcmeIdentifier> Of(ReadOnlySpan<byte> extension)
    {
        var names = new X509SubjectAlternativeNameExtension(extension);
        var texts = names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(AddressText.Print));
        return [.. texts.Select(text => AcmeIdentifier.TryParse(text, out var name, out _) ? name : null).OfType<AcmeIdentifier>().Distinct()];
    }
}
