using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>What the planner must know of the newest generation of a label.</summary>
internal sealed record CertificateFacts(
    string Label,
    string Generation,
    IReadOnlySet<string> Names,
    AcmeKeyType KeyType,
    CaKey Ca,
    string? Profile,
    string OrderUrl,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    /// <summary>The account that ordered it.</summary>
    public string AccountUrl { get; init; } = "";

    /// <summary>The profile it was wished with; <see cref="Profile"/> is the one it has.</summary>
    public string? WishedProfile { get; init; }

    /// <summary>RFC 9773 section 4.1; null where the certificate does not say who its authority is.</summary>
    public string? RenewalId { get; init; }

    public TimeSpan Lifetime => NotAfter - NotBefore;

    public static CertificateFacts Of(Generation generation) => new(
        generation.Label,
        generation.Id,
        generation.Chain.Identifiers.Select(identifier => identifier.Value).ToHashSet(StringComparer.Ordinal),
        generation.Origin.KeyType,
        new CaKey(generation.Origin.DirectoryUrl),
        generation.Origin.Profile,
        generation.Origin.OrderUrl,
        generation.Chain.NotBefore,
        generation.Chain.NotAfter)
    {
        AccountUrl = generation.Origin.AccountUrl,
        WishedProfile = generation.Origin.WishedProfile,
        RenewalId = AcmeRenewalInfo.IdOf(generation.Chain.Leaf),
    };
}
