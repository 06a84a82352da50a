using AcmeKestrel.Certificates;

namespace AcmeKestrel;

/// <summary>A certificate that an application wishes while it runs (<see cref="IAcmeCertificates.EnsureAsync"/>). What is not set is as the configuration says.</summary>
public sealed record AcmeCertificateRequest
{
    /// <summary>A certificate for these names.</summary>
    public AcmeCertificateRequest(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Names = names;
    }

    /// <summary>What it is to be for: host names, Unicode ones too, and addresses.</summary>
    public IReadOnlyList<string> Names { get; init; }

    /// <summary>Names the certificate, and the wish: another request with the same label replaces it. Null = its first name.</summary>
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

    /// <summary>The configured DNS provider that writes the records of its names, or null = the one for their zones.</summary>
    public string? Dns { get; init; }

    /// <summary>Challenge types, preferred first, or null = the default ones.</summary>
    public IReadOnlyList<string>? Challenges { get; init; }

    /// <summary>Whether <c>www.x</c> also asks for <c>x</c>, or null = the default.</summary>
    public bool? IncludeBareDomain { get; init; }
}
