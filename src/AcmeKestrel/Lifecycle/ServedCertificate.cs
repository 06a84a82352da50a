using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle;

/// <summary>What the planner must know of the newest generation of a label.</summary>
internal sealed record ServedCertificate(
    string Label,
    string Generation,
    IReadOnlySet<string> Names,
    AcmeKeyType KeyType,
    string DirectoryUrl,
    string? Profile,
    string OrderUrl,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    public TimeSpan Lifetime => NotAfter - NotBefore;

    public static ServedCertificate Of(Generation generation) => new(
        generation.Label,
        generation.Id,
        generation.Chain.Identifiers.Select(identifier => identifier.Value).ToHashSet(StringComparer.Ordinal),
        generation.Origin.KeyType,
        generation.Origin.DirectoryUrl,
        generation.Origin.Profile,
        generation.Origin.OrderUrl,
        generation.Chain.NotBefore,
        generation.Chain.NotAfter);
}
