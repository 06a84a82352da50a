using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>A name that is to be proven by a record in DNS (RFC 8555 section 8.4).</summary>
/// <param name="Name">As it was ordered, a wildcard with its <c>*.</c>.</param>
/// <param name="RecordName">Where the record stands unless an alias leads elsewhere.</param>
internal sealed record DnsProof(AcmeIdentifier Name, string RecordName, string Token, string KeyAuthorization)
{
    /// <param name="type">The challenge type.</param>
    /// <param name="accountUrl">Exactly as the CA gave it.</param>
    public static string RecordNameOf(AcmeIdentifier name, string type, string accountUrl) =>
        type == ChallengeTypes.DnsAccount01 ? DnsAccountLabel.RecordName(accountUrl, name.BareName) : $"_acme-challenge.{name.BareName}";

    /// <param name="recordName">Where it is to stand.</param>
    public DnsChallengeRecord At(string recordName) =>
        new(recordName, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization))), Name.BareName, Token, KeyAuthorization);
}
