namespace AcmeKestrel.Certificates;

/// <summary>A CA's directory and how to reach and use it.</summary>
/// <param name="Name">The key in the configuration, or the directory URL where the configuration gives just that.</param>
/// <param name="DirectoryUrl">Always https.</param>
/// <param name="TrustedRootsFile">PEM file with the roots the CA's own TLS certificate chains to; null = the system's.</param>
/// <param name="Proxy">HTTP proxy for the CA's URLs; null = the environment's. As text: two of .NET's URLs are equal whatever their passwords are.</param>
/// <param name="IsBuiltIn">A built-in public CA: special-use and single-label names never go to it.</param>
/// <param name="Staging">Name of the provider that a dry run uses instead.</param>
internal sealed record Provider(
    string Name,
    string DirectoryUrl,
    string? TrustedRootsFile,
    string? Proxy,
    string? EabKeyId,
    string? EabHmacKey,
    string? PreferredChain,
    string? Profile,
    ProviderLimits Limits,
    bool IsBuiltIn,
    string? Staging)
{
    public CaKey Ca => new(DirectoryUrl);

    /// <summary>The configuration gives its URL alone, and has no section for it.</summary>
    public bool IsNamedByUrl => Name.Contains(':', StringComparison.Ordinal);

    /// <summary>Where these keys of it are set. Keys are divided at colons: what is named by its URL gets a name first.</summary>
    public string Setting(string keys) => IsNamedByUrl
        ? $"Acme:Providers:<name>:{keys} (with Acme:Providers:<name>:Directory = {DirectoryUrl})"
        : $"Acme:Providers:{Name}:{keys}";

    /// <summary>What <see cref="EabHmacKey"/> signs with.</summary>
    public AcmeMacAlgorithm EabAlgorithm { get; init; }

    /// <summary>It is known to register nobody without an external account.</summary>
    public bool NeedsExternalAccount { get; init; }

    /// <summary>The only profile with which it issues for addresses; asked for where none is wished (<see cref="ProfileFor"/>). Null: any will do, as far as is known.</summary>
    public string? AddressProfile { get; init; }

    /// <summary>What it is asked for where a wish for these names says nothing; null: nothing.</summary>
    public string? ProfileFor(IEnumerable<AcmeIdentifier> names) => Profile ?? (AddressProfile is not null && HasAddress(names) ? AddressProfile : null);

    /// <summary>What is to be said of the profile of these names; null: nothing.</summary>
    /// <param name="wished">Null: the wish says none.</param>
    public string? RemarkOnProfile(string? wished, IEnumerable<AcmeIdentifier> names)
    {
        if (AddressProfile is not { } only || !HasAddress(names)) return null;

        return (wished ?? Profile) switch
        {
            null => $"{Name} issues for addresses with the profile '{only}' alone, which is asked for by itself",
            var other when other != only => $"the profile '{other}' is wished, and {Name} issues for addresses with '{only}' alone: it is likely to refuse",
            _ => null,
        };
    }

    /// <summary>No certificate without the profile.</summary>
    public bool RequireProfile { get; init; }

    private static bool HasAddress(IEnumerable<AcmeIdentifier> names) => names.Any(name => name.Type is AcmeIdentifierType.Ip);

    /// <summary>Never shows the key, nor the proxy's password.</summary>
    public override string ToString() => $"{Name} ({DirectoryUrl})";
}
