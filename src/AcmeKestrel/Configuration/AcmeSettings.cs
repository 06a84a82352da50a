using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Configuration.OnDemand;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;

namespace AcmeKestrel.Configuration;

/// <summary>The options, parsed and checked: what the rooms read. Immutable; a reload makes a new one, which is equal where it says the same.</summary>
/// <param name="DefaultProvider">A key of <paramref name="Providers"/>.</param>
/// <param name="Providers">Every built-in and configured provider by name.</param>
/// <param name="StateDirectory">Absolute path.</param>
internal sealed record AcmeSettings(
    bool Enabled,
    bool AcceptTermsOfService,
    string DefaultProvider,
    SettingMap<Provider> Providers,
    WishDefaults Defaults,
    SettingList<ConfiguredCertificate> Certificates,
    string StateDirectory,
    string? KeyGroup,
    RenewalPolicy Renewal,
    UnknownHostPolicy UnknownHosts)
{
    /// <summary>What <see cref="Keep"/> is where nothing is said.</summary>
    public static readonly TimeSpan DefaultKeep = TimeSpan.FromDays(30);

    /// <summary>How long what is stored of a name outlives both its wish and its certificate.</summary>
    public TimeSpan Keep { get; init; } = DefaultKeep;

    /// <summary>What <see cref="MaxLoaded"/> is where nothing is said.</summary>
    public const int DefaultMaxLoaded = 4096;

    /// <summary>Certificates that are kept ready for TLS.</summary>
    public int MaxLoaded { get; init; } = DefaultMaxLoaded;

    /// <summary>What <see cref="HotNames"/> is where nothing is said.</summary>
    public const int DefaultHotNames = 512;

    /// <summary>Certificates whose sessions outlive what the platform keeps.</summary>
    public int HotNames { get; init; } = DefaultHotNames;

    /// <summary>What <see cref="CertificateNames"/> is where nothing is said.</summary>
    public const int DefaultCertificateNames = 1000;

    /// <summary>Certificates that metrics show by name.</summary>
    public int CertificateNames { get; init; } = DefaultCertificateNames;

    /// <summary>From the server's start to the first request to a CA.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>New names are looked at before a CA is told to.</summary>
    public bool Preflight { get; init; } = true;

    /// <summary>Canonical; for clients that send no name.</summary>
    public string? DefaultName { get; init; }

    /// <summary>How names come to a certificate that nobody wished; null: they do not.</summary>
    public OnDemandSettings? OnDemand { get; init; }

    /// <summary>Who else is told of certificates.</summary>
    public HookSettings Hooks { get; init; } = HookSettings.None;

    /// <summary>What known proxies say in <c>X-Forwarded-Host</c> counts for http-01.</summary>
    public bool TrustForwardedHost { get; init; }

    /// <summary>Who writes records into DNS.</summary>
    public DnsSettings Dns { get; init; } = DnsSettings.None;

    /// <summary>Where the state is kept.</summary>
    public StoreSettings Store { get; init; } = StoreSettings.Directory;

    /// <summary>Files that certificates are brought to.</summary>
    public SettingList<ExportSetting> Exports { get; init; } = [];

    /// <summary>What a source says comes to the same wishes by both, but for what has to do with these CAs. Null: anything may come to something else.</summary>
    /// <returns>Keys of <see cref="Providers"/>, and the names of what stands there.</returns>
    public IReadOnlySet<string>? ReadsWishesAsBut(AcmeSettings other)
    {
        if (DefaultProvider != other.DefaultProvider || Defaults != other.Defaults || !Dns.NamesProvidersAs(other.Dns)) return null;
        if (Providers.Count != other.Providers.Count || !Providers.Keys.All(other.Providers.ContainsKey)) return null;

        return Providers.Where(known => known.Value != other.Providers[known.Key]).SelectMany(known => (string[])[known.Key, known.Value.Name, other.Providers[known.Key].Name])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
    }
}

/// <summary>What a wish gets where its source says nothing.</summary>
/// <param name="Challenges">Null: whatever suits the names.</param>
internal sealed record WishDefaults(string? Email, AcmeKeyType KeyType, SettingList<string>? Challenges, bool IncludeBareDomain)
{
    /// <summary>Providers that may be asked where the wished one fails, in this order.</summary>
    public SettingList<string> Fallbacks { get; init; } = [];

    /// <summary>Each certificate takes the key of the one before it.</summary>
    public bool ReuseKey { get; init; }

    /// <summary>Domains whose names one wildcard serves.</summary>
    public SettingSet Wildcards { get; init; } = [];
}

/// <summary>One entry of <c>Domains</c> or <c>Certificates</c>, checked. Null = the default.</summary>
internal sealed record ConfiguredCertificate(
    string Label,
    SettingList<AcmeIdentifier> Names,
    string? Provider,
    string? Email,
    AcmeKeyType? KeyType,
    string? Profile,
    SettingList<string>? Challenges,
    bool? IncludeBareDomain,
    string Origin)
{
    public bool? RequireProfile { get; init; }

    public string? Dns { get; init; }

    public string? PreferredChain { get; init; }

    public SettingList<string>? Fallbacks { get; init; }

    public bool? ReuseKey { get; init; }
}

/// <summary>When a certificate is renewed without renewal info: after this part of its life, 0 to 1 (RFC 9773 section 4.3 has no say here; the CA's advice is 2/3, and 1/2 below ten days).</summary>
internal sealed record RenewalPolicy(double Fraction, double ShortFraction)
{
    /// <summary>Renewal info leads where a CA offers it.</summary>
    public bool Ari { get; init; } = true;
}

/// <summary>What a handshake gets whose server name has no certificate.</summary>
internal enum UnknownHostPolicy
{
    Fallback,
    Reject,
}
