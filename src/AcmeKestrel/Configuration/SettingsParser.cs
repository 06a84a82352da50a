using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Configuration.OnDemand;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;

namespace AcmeKestrel.Configuration;

/// <summary>Checks all options at once and turns them into settings.</summary>
internal sealed class SettingsParser
{
    private static readonly RenewalPolicy DefaultRenewal = new(2.0 / 3, 0.5);

    private readonly AcmeConfigurationSection _section;
    private readonly ProblemList _problems;
    private readonly ValueReader _values;
    private readonly ProviderParser _providers;
    private readonly DnsParser _dns;
    private readonly StoreParser _store;

    private SettingsParser(AcmeConfigurationSection section, ProblemList problems, DnsProviderTypes dnsTypes, StoreTypes storeTypes)
    {
        (_section, _problems, _values) = (section, problems, new ValueReader(problems));
        _providers = new ProviderParser(_values, problems);
        _dns = new DnsParser(dnsTypes, section, _values, problems);
        _store = new StoreParser(storeTypes, _values, problems);
    }

    /// <param name="hasPermission">Code of the application's says which names get certificates on demand.</param>
    /// <exception cref="AcmeConfigurationException">Something is wrong; the message lists all of it.</exception>
    public static AcmeSettings Parse(AcmeOptions options, AcmeConfigurationSection section, string applicationName, DnsProviderTypes dnsTypes, StoreTypes storeTypes, bool hasPermission = false)
    {
        var problems = new ProblemList(section.Path);
        KnownKeys.Check(section.Look(), problems);
        var settings = new SettingsParser(section, problems, dnsTypes, storeTypes).Parse(options, applicationName, hasPermission);
        return problems.Problems.Count == 0 ? settings : throw new AcmeConfigurationException(problems.Problems);
    }

    private AcmeSettings Parse(AcmeOptions options, string applicationName, bool hasPermission)
    {
        _providers.AddConfigured(options.Providers);
        var dns = _dns.Parse(options.Dns);
        var defaultProvider = _providers.Resolve(nameof(options.Provider), options.Provider);
        SettingList<ConfiguredCertificate> certificates = [.. Domains(options.Domains), .. Certificates(options.Certificates)];
        var challenges = _values.Challenges(_section.Items(nameof(options.Challenges), options.Challenges));
        var stateDirectory = AcmeStateDirectory.Resolve(options.StateDirectory, applicationName);

        return new AcmeSettings(
            _values.Flag(nameof(options.Enabled), options.Enabled) ?? true,
            _values.Flag(nameof(options.AcceptTermsOfService), options.AcceptTermsOfService) ?? false,
            defaultProvider ?? BuiltInProviders.Default,
            _providers.Providers,
            new WishDefaults(
                _values.Mail(nameof(options.Email), options.Email),
                _values.Choice<AcmeKeyType>(nameof(options.KeyType), options.KeyType) ?? AcmeKeyType.P256,
                challenges,
                _values.Flag(nameof(options.IncludeBareDomain), options.IncludeBareDomain) ?? true)
            {
                Fallbacks = _providers.ResolveAll(_section.Items(nameof(options.FallbackProviders), options.FallbackProviders)) ?? [],
                ReuseKey = _values.Flag(nameof(options.ReuseKey), options.ReuseKey) ?? false,
                Wildcards = new WildcardParser(_section, _problems).Parse(options.Wildcards, challenges, dns),
            },
            certificates,
            stateDirectory,
            KeyGroup(options.KeyGroup),
            Renewal(options.Renewal),
            _values.Choice<UnknownHostPolicy>(nameof(options.UnknownHosts), options.UnknownHosts) ?? UnknownHostPolicy.Fallback)
        {
            Keep = _values.Duration(nameof(options.Keep), options.Keep, longestDays: 3650) ?? AcmeSettings.DefaultKeep,
            MaxLoaded = _values.Count($"{nameof(options.Serving)}:{nameof(options.Serving.MaxLoaded)}", options.Serving?.MaxLoaded, 64, 1_000_000) ?? AcmeSettings.DefaultMaxLoaded,
            HotNames = _values.Count($"{nameof(options.Serving)}:{nameof(options.Serving.HotNames)}", options.Serving?.HotNames, 0, 1_000_000) ?? AcmeSettings.DefaultHotNames,
            CertificateNames = _values.Count($"{nameof(options.Telemetry)}:{nameof(options.Telemetry.CertificateNames)}", options.Telemetry?.CertificateNames, 0, 100_000) ?? AcmeSettings.DefaultCertificateNames,
            StartDelay = _values.Duration(nameof(options.StartDelay), options.StartDelay, longestDays: 1) ?? TimeSpan.Zero,
            Preflight = _values.Flag(nameof(options.Preflight), options.Preflight) ?? true,
            DefaultName = DefaultName(options.DefaultName),
            Exports = new ExportParser(_section, _problems, stateDirectory).Parse(options.Exports),
            Dns = dns,
            Store = _store.Parse(options.Store),
            OnDemand = new OnDemandParser(_values, _problems).Parse(options.OnDemand, hasPermission),
            Hooks = new HookParser(_section, _values, _problems).Parse(options.Hooks),
            TrustForwardedHost = _values.Flag($"{nameof(options.Http01)}:{nameof(options.Http01.TrustForwardedHost)}", options.Http01?.TrustForwardedHost) ?? false,
        };
    }

    private string? DefaultName(string? text)
    {
        if (ValueReader.Text(text) is not { } said) return null;
        if (!AcmeIdentifier.TryParse(said, out var name, out var error)) _problems.Add(nameof(AcmeOptions.DefaultName), error);
        else if (name.IsWildcard) _problems.Add(nameof(AcmeOptions.DefaultName), $"'{said}' is a wildcard: write one name that its certificate covers.");
        return name?.Value;
    }

    private IEnumerable<ConfiguredCertificate> Domains(List<string>? domains)
    {
        foreach (var (key, domain) in _section.Items(nameof(AcmeOptions.Domains), domains))
        {
            var names = _values.Names(key, domain);
            if (names.Count == 0) continue;

            yield return new ConfiguredCertificate(names[0].Value, [.. names], null, null, null, null, null, null, $"{_section.Path}:{key}");
        }
    }

    private IEnumerable<ConfiguredCertificate> Certificates(Dictionary<string, AcmeCertificateOptions>? certificates)
    {
        foreach (var (text, given) in certificates ?? [])
        {
            var (key, options) = ($"{nameof(AcmeOptions.Certificates)}:{text}", given ?? new());
            if (!CertificateLabel.TryParse(text, out var label, out var error)) _problems.Add(key, error);
            var certificate = new ConfiguredCertificate(
                label ?? "",
                CertificateNames(key, label, options.Names),
                _providers.Resolve($"{key}:{nameof(options.Provider)}", options.Provider),
                _values.Mail($"{key}:{nameof(options.Email)}", options.Email),
                _values.Choice<AcmeKeyType>($"{key}:{nameof(options.KeyType)}", options.KeyType),
                ValueReader.Text(options.Profile),
                _values.Challenges(_section.Items($"{key}:{nameof(options.Challenges)}", options.Challenges)),
                _values.Flag($"{key}:{nameof(options.IncludeBareDomain)}", options.IncludeBareDomain),
                $"{_section.Path}:{key}")
            {
                RequireProfile = _values.Flag($"{key}:{nameof(options.RequireProfile)}", options.RequireProfile),
                Dns = _dns.Provider($"{key}:{nameof(options.Dns)}", options.Dns),
                PreferredChain = ValueReader.Text(options.PreferredChain),
                Fallbacks = _providers.ResolveAll(_section.Items($"{key}:{nameof(options.FallbackProviders)}", options.FallbackProviders)),
                ReuseKey = _values.Flag($"{key}:{nameof(options.ReuseKey)}", options.ReuseKey),
            };
            if (certificate.Names.Count > 0) yield return certificate;
        }
    }

    private SettingList<AcmeIdentifier> CertificateNames(string key, string? label, List<string>? names)
    {
        var said = _section.Items($"{key}:{nameof(AcmeCertificateOptions.Names)}", names).ToList();
        if (said.Count > 0) return [.. said.SelectMany(item => _values.Names(item.Key, item.Said)).Distinct()];
        if (label is not null && AcmeIdentifier.TryParse(label, out var name, out _)) return [name];

        if (label is not null) _problems.Add($"{key}:{nameof(AcmeCertificateOptions.Names)}", "is missing, and the label is no host name.");
        return [];
    }

    private RenewalPolicy Renewal(AcmeRenewalOptions? options)
    {
        const string Key = nameof(AcmeOptions.Renewal);
        return new RenewalPolicy(
            _values.Fraction($"{Key}:{nameof(options.Fraction)}", options?.Fraction) ?? DefaultRenewal.Fraction,
            _values.Fraction($"{Key}:{nameof(options.ShortFraction)}", options?.ShortFraction) ?? DefaultRenewal.ShortFraction)
        {
            Ari = _values.Flag($"{Key}:{nameof(options.Ari)}", options?.Ari) ?? DefaultRenewal.Ari,
        };
    }

    private string? KeyGroup(string? text)
    {
        var group = ValueReader.Text(text);
        if (group is not null && !ValueReader.IsAccountName(group)) _problems.Add(nameof(AcmeOptions.KeyGroup), "is no name of a group.");
        return group;
    }
}
