using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Challenges;

/// <summary>
/// The <c>accounturi</c> in the TXT record of dns-persist-01 (draft-ietf-acme-dns-persist-02): it names the account only to who knows its URL and key. Drafts before that have
/// the plain account URL there.
/// </summary>
internal static class DnsPersistAccountUri
{
    /// <summary>SHA-256 in base64url.</summary>
    private const int ThumbprintLength = 43;

    /// <summary>The prefix, <c>sha-256/</c> and the hash of one octet with the domain's length, the domain, the thumbprint and the account URL.</summary>
    /// <param name="prefix"><c>accountHashPrefix</c> in the directory's <c>meta</c>.</param>
    /// <param name="domain">In canonical form, or <c>*</c>: one value for all domains of the account.</param>
    /// <param name="thumbprint">Of the account's key (RFC 7638): the value changes with the key.</param>
    /// <param name="accountUrl">Exactly as the CA gave it.</param>
    public static string Of(string prefix, string domain, string thumbprint, string accountUrl)
    {
        // Without fixed lengths two different inputs would be hashed as the same octets.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(domain.Length, byte.MaxValue);
        ArgumentOutOfRangeException.ThrowIfNotEqual(thumbprint.Length, ThumbprintLength);

        byte[] hashed = [(byte)domain.Length, .. Encoding.ASCII.GetBytes(domain), .. Encoding.ASCII.GetBytes(thumbprint), .. Encoding.UTF8.GetBytes(accountUrl)];
        return $"{prefix}sha-256/{Base64Url.EncodeToString(SHA256.HashData(hashed))}";
    }
}
