using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>A name that is to be proven by a record in DNS (RFC 8555 section 8.4).</summary>
/// <param name="Name">As it was ordered, a wildcard with its <c>*.</c>.</param>
internal sealed record DnsProof(AcmeIdentifier Name, string Token, string KeyAuthorization)
{
    /// <summary>Where the record stands unless an alias leads elsewhere.</summary>
    public static string RecordName(AcmeIdentifier name) => $"_acme-challenge.{name.BareName}";

    /// <param name="recordName">Where it is to stand.</param>
    public DnsChallengeRecord At(string recordName) =>
        new(recordName, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization))), Name.BareName, Token, KeyAuthorization);
}
