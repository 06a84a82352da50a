using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Challenges;

/// <summary>
/// Where the TXT record of dns-account-01 is (draft-ietf-acme-dns-account-label-02): each account has a label of its own, so that several can validate one name side by side.
/// </summary>
internal static class DnsAccountLabel
{
    private const int HashedOctets = 10;
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The record's name for a domain without <c>*.</c>.</summary>
    /// <param name="accountUrl">Exactly as the CA gave it: it is hashed octet by octet.</param>
    public static string RecordName(string accountUrl, string domain) => $"{Of(accountUrl)}._acme-challenge.{domain}";

    /// <summary><c>_</c> and the first ten octets of the URL's SHA-256 in base32, lower case (RFC 4648 section 6): 80 bits are 16 characters without padding.</summary>
    private static string Of(string accountUrl)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(accountUrl)).AsSpan(0, HashedOctets);
        var label = new StringBuilder("_", 1 + (HashedOctets * 8 / 5));
        var (bits, count) = (0, 0);
        foreach (var octet in hash)
        {
            (bits, count) = ((bits << 8) | octet, count + 8);
            for (; count >= 5; count -= 5) label.Append(Base32[(bits >> (count - 5)) & 31]);
        }

        return label.ToString();
    }
}
