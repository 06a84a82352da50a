using System.Collections.Frozen;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Configuration;

/// <summary>The public CAs that a name stands for, with their published limits.</summary>
internal static class BuiltInProviders
{
    public const string Default = "letsencrypt";

    /// <summary>Let's Encrypt issues for addresses with this profile alone (https://letsencrypt.org/docs/profiles/).</summary>
    private const string ShortLived = "shortlived";

    /// <summary>As Let's Encrypt's orders are refilled, but with a small beginning.</summary>
    private static RateLimit Gently => new(20, TimeSpan.FromMinutes(12));

    /// <summary>https://letsencrypt.org/docs/rate-limits/</summary>
    private static readonly ProviderLimits LetsEncrypt = new(
        NewAccounts: new(10, TimeSpan.FromHours(3)),
        NewOrdersPerAccount: new(300, TimeSpan.FromHours(3)),
        FailedAuthorizationsPerIdentifier: new(5, TimeSpan.FromHours(1)),
        CertificatesPerRegisteredDomain: new(50, TimeSpan.FromDays(7)),
        CertificatesPerExactSet: new(5, TimeSpan.FromDays(7)))
    {
        ExemptsRenewals = true,
        FirstOrders = Gently,
    };

    /// <summary>https://letsencrypt.org/docs/staging-environment/</summary>
    private static readonly ProviderLimits LetsEncryptStaging = new(
        NewAccounts: new(50, TimeSpan.FromHours(3)),
        NewOrdersPerAccount: new(1500, TimeSpan.FromHours(3)),
        FailedAuthorizationsPerIdentifier: new(200, TimeSpan.FromHours(1)),
        CertificatesPerRegisteredDomain: new(30_000, TimeSpan.FromDays(7)),
        CertificatesPerExactSet: new(30_000, TimeSpan.FromDays(7)))
    {
        ExemptsRenewals = true,
    };

    /// <summary>They publish none.</summary>
    private static readonly ProviderLimits OfOthers = ProviderLimits.Usual with { FirstOrders = Gently };

    /// <summary>By name, in any case.</summary>
    public static FrozenDictionary<string, Provider> All { get; } = new[]
    {
        Create("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory", LetsEncrypt, "letsencrypt-staging") with { AddressProfile = ShortLived },
        Create("letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory", LetsEncryptStaging) with { AddressProfile = ShortLived },
        Create("google", "https://dv.acme-v02.api.pki.goog/directory", OfOthers, "google-staging") with { NeedsExternalAccount = true },
        Create("google-staging", "https://dv.acme-v02.test-api.pki.goog/directory", ProviderLimits.Usual) with { NeedsExternalAccount = true },
        Create("zerossl", "https://acme.zerossl.com/v2/DV90", OfOthers) with { NeedsExternalAccount = true },
        Create("sslcom", "https://acme.ssl.com/sslcom-dv-ecc", OfOthers) with { NeedsExternalAccount = true },
        Create("actalis", "https://acme-api.actalis.com/acme/directory", OfOthers) with { NeedsExternalAccount = true },
    }.ToFrozenDictionary(provider => provider.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The limits that the option <c>Limits</c> can name.</summary>
    public static FrozenDictionary<string, ProviderLimits> Limits { get; } = new Dictionary<string, ProviderLimits>
    {
        ["letsencrypt"] = LetsEncrypt,
        ["letsencrypt-staging"] = LetsEncryptStaging,
        ["public"] = OfOthers,
        ["usual"] = ProviderLimits.Usual,
        ["none"] = ProviderLimits.None,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The built-in CA behind a directory URL, however the configuration calls it.</summary>
    public static Provider? ByDirectory(string directoryUrl) =>
        All.Values.FirstOrDefault(provider => string.Equals(provider.DirectoryUrl, directoryUrl, StringComparison.OrdinalIgnoreCase));

    /// <summary>A public CA whose certificates count: not one to try things with.</summary>
    public static bool IsPublic(Provider provider) => ByDirectory(provider.DirectoryUrl) is { } known && !All.Values.Any(other => other.Staging == known.Name);

    /// <summary>The built-in CA that has this URL's host, whatever its path is; the first where it has several.</summary>
    public static Provider? ByHost(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri)
        ? All.Values.Where(provider => string.Equals(new Uri(provider.DirectoryUrl).Host, uri.Host, StringComparison.OrdinalIgnoreCase)).MinBy(provider => provider.Name, StringComparer.Ordinal)
        : null;

    private static Provider Create(string name, string directoryUrl, ProviderLimits limits, string? staging = null) =>
        new(name, directoryUrl, null, null, null, null, null, null, limits, IsBuiltIn: true, staging);
}
