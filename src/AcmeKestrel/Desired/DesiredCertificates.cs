using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>A source's wishes and the entries of it that are none.</summary>
public sealed record DesiredCertificates(IReadOnlyList<DesiredCertificate> Certificates, IReadOnlyList<DesiredProblem> Problems)
{
    /// <summary>Nothing is wished.</summary>
    public static DesiredCertificates Empty { get; } = new([], []);
}

/// <summary>A certificate as its source words it; names are checked when sources are merged.</summary>
/// <param name="Label">Names the certificate on disk; null = its first name.</param>
/// <param name="Origin">What a message names: a configuration key, a file, a route.</param>
public sealed record DesiredCertificate(string? Label, IReadOnlyList<string> Names, string Origin)
{
    /// <summary>A configured provider's name, or null = the default one.</summary>
    public string? Provider { get; init; }

    /// <summary>The account's mail address, or null = the default one.</summary>
    public string? Email { get; init; }

    /// <summary>The key type, or null = the default one.</summary>
    public AcmeKeyType? KeyType { get; init; }

    /// <summary>The CA's profile, or null = the provider's.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether there is to be no certificate without the profile, or null = the provider's setting.</summary>
    public bool? RequireProfile { get; init; }

    /// <summary>Challenge types, preferred first, or null = the default ones.</summary>
    public IReadOnlyList<string>? Challenges { get; init; }

    /// <summary>Whether <c>www.x</c> also asks for <c>x</c>, or null = the default.</summary>
    public bool? IncludeBareDomain { get; init; }
}

/// <summary>An entry that could not become a wish.</summary>
/// <param name="Origin">The configuration key, or the file and line.</param>
public sealed record DesiredProblem(string Origin, string Message);
