using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Part <c>meta.json</c> of a certificate record.</summary>
internal sealed record GenerationMeta(
    [property: JsonRequired] IReadOnlyList<string> Names,
    [property: JsonRequired] string OrderUrl,
    [property: JsonRequired] string CertificateUrl,
    [property: JsonRequired] string DirectoryUrl,
    [property: JsonRequired] string AccountUrl,
    AcmeKeyType KeyType,
    string? Profile,
    string? ChallengeType,
    DateTimeOffset IssuedAt,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    public string? WishedProfile { get; init; }

    /// <summary>RFC 9773 section 4.1; empty where the certificate has none, and null in records of an earlier version, which must be read to tell.</summary>
    public string? RenewalId { get; init; }

    /// <summary>
    /// The label's generations before this one that may still be stored, the newest first: whoever lets old ones go need not look for them among a hundred thousand others. Null in records of an earlier
    /// version.
    /// </summary>
    public IReadOnlyList<string>? Earlier { get; init; }
}
