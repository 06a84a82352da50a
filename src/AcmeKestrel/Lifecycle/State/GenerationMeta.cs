using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Part <c>meta.json</c> of a certificate record.</summary>
internal sealed record GenerationMeta(
    IReadOnlyList<string> Names,
    string OrderUrl,
    string CertificateUrl,
    string DirectoryUrl,
    string AccountUrl,
    AcmeKeyType KeyType,
    string? Profile,
    string? ChallengeType,
    DateTimeOffset IssuedAt,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    public string? WishedProfile { get; init; }
}
