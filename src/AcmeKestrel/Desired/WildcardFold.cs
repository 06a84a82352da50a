using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired;

/// <summary>
/// An entry whose names one of <c>Acme:Wildcards</c> serves wishes that wildcard in their place. What becomes of an entry depends on itself and the settings alone, so merging need know no more than that several wish the same name. Pure.
/// </summary>
internal static class WildcardFold
{
    private const string BareOf = "www.";

    /// <summary>The wildcard, and its domain where the entry wishes that, too; null: the entry stays as it is.</summary>
    public static IReadOnlyList<AcmeIdentifier>? Of(DesiredCertificate wording, IReadOnlyList<AcmeIdentifier> names, AcmeSettings settings)
    {
        if (settings.Defaults.Wildcards.Count == 0 || names.Count == 0 || DomainOf(names[0], settings) is not { } domain) return null;
        if (!names.All(name => DomainOf(name, settings) == domain) || IsOfItsOwn(wording, names, settings, domain)) return null;

        var wishesDomain = names.Any(name => name.Value == domain || (name.Value == BareOf + domain && (wording.IncludeBareDomain ?? settings.Defaults.IncludeBareDomain)));
        return [AcmeIdentifier.Parse($"*.{domain}"), .. wishesDomain ? [AcmeIdentifier.Parse(domain)] : Array.Empty<AcmeIdentifier>()];
    }

    /// <summary>A wildcard that somebody wrote is a wish of its own.</summary>
    private static string? DomainOf(AcmeIdentifier name, AcmeSettings settings)
    {
        if (name.Type is not AcmeIdentifierType.Dns || name.IsWildcard) return null;
        if (settings.Defaults.Wildcards.Contains(name.Value)) return name.Value;

        return DomainName.WildcardAbove(name.Value) is { } wildcard && settings.Defaults.Wildcards.Contains(wildcard[2..]) ? wildcard[2..] : null;
    }

    /// <summary>It has a label that somebody chose, or settings that others of the domain do not have.</summary>
    private static bool IsOfItsOwn(DesiredCertificate wording, IReadOnlyList<AcmeIdentifier> names, AcmeSettings settings, string domain)
    {
        var defaults = settings.Defaults;
        return (wording.Label is { } label && !(CertificateLabel.TryParse(label, out var known, out _) && known == names[0].Value))
            || (wording.Provider is { } provider && settings.Providers.GetValueOrDefault(provider)?.Name != settings.Providers.GetValueOrDefault(settings.DefaultProvider)?.Name)
            || (wording.FallbackProviders is { } fallbacks && !fallbacks.SequenceEqual(defaults.Fallbacks, StringComparer.OrdinalIgnoreCase))
            || (wording.Challenges is { Count: > 0 } challenges && !challenges.SequenceEqual(defaults.Challenges ?? []))
            || (wording.Dns is { } dns && !string.Equals(dns, settings.Dns.ProviderOf(domain, null), StringComparison.OrdinalIgnoreCase))
            || (wording.Email ?? defaults.Email) != defaults.Email
            || (wording.KeyType ?? defaults.KeyType) != defaults.KeyType
            || (wording.ReuseKey ?? defaults.ReuseKey) != defaults.ReuseKey
            || wording.Profile is not null || wording.RequireProfile is not null || wording.PreferredChain is not null;
    }
}
