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
}
