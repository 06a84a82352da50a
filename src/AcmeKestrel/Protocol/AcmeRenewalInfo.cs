using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>When a CA suggests to renew a certificate (RFC 9773 section 4.2). A window in the past means now.</summary>
public sealed class AcmeRenewalInfo
{
    internal AcmeRenewalInfo(DateTimeOffset start, DateTimeOffset end) => (Start, End) = (start, end);

    /// <summary>Where the window begins.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>Always later than <see cref="Start"/>.</summary>
    public DateTimeOffset End { get; }

    /// <summary>A page that explains the window, to show and never to fetch; null where the CA gave none.</summary>
    public string? ExplanationUrl { get; internal init; }

    /// <summary>When to ask again, from now; null where the CA did not say, or said nonsense (RFC 9773 section 4.3).</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>
    /// A certificate's renewal-info id (RFC 9773 section 4.1): the key identifier of its authority and its serial number, each in base64url, with a dot between them.
    /// Null where the certificate does not say who its authority is, or says it so that it cannot be read.
    /// </summary>
    /// <param name="certificate">DER.</param>
    /// <exception cref="CryptographicException">It is no certificate.</exception>
    public static string? IdOf(ReadOnlyMemory<byte> certificate)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.Span);

        // The serial number's octets as they stand in the DER, the leading zero of a high first bit included.
        return AuthorityOf(leaf) is { IsEmpty: false } key ? $"{Base64Url.EncodeToString(key.Span)}.{Base64Url.EncodeToString(leaf.SerialNumberBytes.Span)}" : null;
    }

    /// <summary>A CA that writes this extension wrongly has issued a certificate all the same, and it must be renewed.</summary>
    private static ReadOnlyMemory<byte>? AuthorityOf(X509Certificate2 leaf)
    {
        try
        {
            return leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
