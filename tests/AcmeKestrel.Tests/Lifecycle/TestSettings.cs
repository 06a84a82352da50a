using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Collections;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Configuration.OnDemand;
using AcmeKestrel.Configuration.Zones;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Settings for one provider, <c>test</c>.</summary>
internal sealed class TestSettings : IAcmeSettings
{
    public ProviderLimits Limits { get; set; } = ProviderLimits.None;

    public bool AcceptTerms { get; set; } = true;

    public bool Enabled { get; set; } = true;

    public string DirectoryUrl { get; set; } = TestCa.DirectoryUrl;

    public string? EabKeyId { get; set; }

    public bool NeedsExternalAccount { get; set; }

    public AcmeMacAlgorithm EabAlgorithm { get; set; }

    public string? RootsFile { get; set; }

    public string? PreferredChain { get; set; }

    public string? Profile { get; set; }

    /// <summary>With which alone it issues for addresses.</summary>
    public string? AddressProfile { get; set; }

    public bool Ari { get; set; } = true;

    public TimeSpan Keep { get; set; } = AcmeSettings.DefaultKeep;

    public int MaxLoaded { get; set; } = AcmeSettings.DefaultMaxLoaded;

    /// <summary>What a wish that says nothing is tried with.</summary>
    public string[] Challenges { get; set; } = [];

    /// <summary>Domains whose names are served by their wildcard.</summary>
    public HashSet<string> Wildcards { get; set; } = [];

    /// <summary>Files that certificates are brought to.</summary>
    public SettingList<ExportSetting> Exports { get; set; } = [];

    public int HotNames { get; set; } = AcmeSettings.DefaultHotNames;

    public int CertificateNames { get; set; } = AcmeSettings.DefaultCertificateNames;

    /// <summary>A provider before <see cref="Provider"/>.</summary>
    public Provider? Other { get; set; }

    public HookSettings Hooks { get; set; } = HookSettings.None;

    public DnsSettings Dns { get; set; } = DnsSettings.None;

    public OnDemandSettings? OnDemand { get; set; }

    /// <summary>The name of the provider that rehearsals are made at.</summary>
    public string? Staging { get; set; }

    public RenewalPolicy Renewal => new(0.6667, 0.5) { Ari = Ari };

    public Provider Provider => new("test", DirectoryUrl, RootsFile, null, EabKeyId, EabKeyId is null ? null : "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", PreferredChain, Profile, Limits, false, Staging) { EabAlgorithm = EabAlgorithm, NeedsExternalAccount = NeedsExternalAccount, AddressProfile = AddressProfile };

    public AcmeSettings Current => new(
        Enabled, AcceptTerms, "test", new((Other is { } other ? new[] { other, Provider } : [Provider]).ToDictionary(provider => provider.Name)), new WishDefaults(null, AcmeKeyType.P256, [.. Challenges], true) { Wildcards = [.. Wildcards] }, [], "/nowhere", null, Renewal, UnknownHostPolicy.Fallback)
    { Keep = Keep, MaxLoaded = MaxLoaded, HotNames = HotNames, CertificateNames = CertificateNames, Exports = Exports, Hooks = Hooks, Dns = Dns, OnDemand = OnDemand };

    private CancellationTokenSource _changed = new();

    public IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    /// <summary>Tells those who listen.</summary>
    public void Change() => Interlocked.Exchange(ref _changed, new CancellationTokenSource()).Cancel();
}
