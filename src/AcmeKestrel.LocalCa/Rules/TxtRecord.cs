using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Where the TXT record of a challenge stands.</summary>
internal static class TxtRecord
{
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Null: the type has none.</summary>
    public static string? NameOf(string type, string domain, string accountUrl) => type switch
    {
        ChallengeTypes.Dns01 => $"_acme-challenge.{domain}",
        ChallengeTypes.DnsAccount01 => $"_{LabelOf(accountUrl)}._acme-challenge.{domain}",
        ChallengeTypes.DnsPersist01 => $"_validation-persist.{domain}",
        _ => null,
    };

    /// <summary>The first ten bytes of the URL's hash in base32 (draft-ietf-acme-dns-account-label-02 section 3.2).</summary>
    private static string LabelOf(string accountUrl)
    {
        var label = new StringBuilder();
        var (bits, held) = (0, 0);
        foreach (var octet in SHA256.HashData(Encoding.ASCII.GetBytes(accountUrl)).AsSpan(0, 10))
        {
            (bits, held) = ((bits << 8) | octet, held + 8);
            for (; held >= 5; held -= 5) label.Append(Base32[(bits >> (held - 5)) & 31]);
            bits &= (1 << held) - 1;
        }

        return label.ToString();
    }
}
