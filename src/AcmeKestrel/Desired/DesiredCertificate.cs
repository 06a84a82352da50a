using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>A certificate as its source words it; names are checked when sources are merged.</summary>
public sealed record DesiredCertificate
{
    /// <summary>A certificate for these names, with the defaults for everything else.</summary>
    public DesiredCertificate(IReadOnlyList<string> names, string origin)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(origin);
        (Names, Origin) = (names, origin);
    }

    /// <summary>What it is to be for.</summary>
    public IReadOnlyList<string> Names { get; init; }

    /// <summary>What a message names: a configuration key, a file, a route.</summary>
    public string Origin { get; init; }

    /// <summary>Names the certificate on disk, or null = its first name.</summary>
    public string? Label { get; init; }

    /// <summary>A configured provider's name, or null = the default one.</summary>
    public string? Provider { get; init; }

    /// <summary>Configured providers that may be asked where that one fails, in this order; null = the default ones, empty = none.</summary>
    public IReadOnlyList<string>? FallbackProviders { get; init; }

    /// <summary>The account's mail address, or null = the default one.</summary>
    public string? Email { get; init; }

    /// <summary>The key type, or null = the default one.</summary>
    public AcmeKeyType? KeyType { get; init; }

    /// <summary>The CA's profile, or null = the provider's.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether there is to be no certificate without the profile, or null = the provider's setting.</summary>
    public bool? RequireProfile { get; init; }

    /// <summary>The common name of the root that its chain is to end at, or null = the provider's setting.</summary>
    public string? PreferredChain { get; init; }

    /// <summary>Whether each certificate takes the key of the one before it, or null = the default.</summary>
    public bool? ReuseKey { get; init; }

    /// <summary>When somebody asked for it last (a file was written or touched): what failed before is tried at once, whatever the ladder says; null = nobody says.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Challenge types, preferred first, or null = the default ones.</summary>
    public IReadOnlyList<string>? Challenges { get; init; }

    /// <summary>The configured DNS provider that writes the records of its names, or null = the one for their zones.</summary>
    public string? Dns { get; init; }

    /// <summary>Whether <c>www.x</c> also asks for <c>x</c>, or null = the default.</summary>
    public bool? IncludeBareDomain { get; init; }

    /// <summary>When it was last heard that somebody comes for it; null: it is wished whoever comes.</summary>
    internal DateTimeOffset? VisitedAt { get; init; }

    /// <summary>Where it stands in a file, if it does in one that has lines.</summary>
    internal WishPlace? Place { get; init; }

    /// <summary>Where a message finds what is said by this property.</summary>
    internal string PlaceOf(string property) => Place?.Of(property) ?? Origin;

    /// <summary>The same in all that it says, wherever that stands: lists are compared by what is in them.</summary>
    internal bool IsSameAs(DesiredCertificate other) =>
        Names.SequenceEqual(other.Names)
        && AreSame(Challenges, other.Challenges)
        && AreSame(FallbackProviders, other.FallbackProviders)
        && other with { Names = Names, Challenges = Challenges, FallbackProviders = FallbackProviders, Place = Place } == this;

    private static bool AreSame(IReadOnlyList<string>? one, IReadOnlyList<string>? other) => one is null ? other is null : other is not null && one.SequenceEqual(other);
}
