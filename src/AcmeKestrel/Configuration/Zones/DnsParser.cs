using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;
using AcmeKestrel.Configuration.Hooks;

namespace AcmeKestrel.Configuration.Zones;

/// <summary>Checks <c>Acme:Dns</c>. A provider is made once to hear whether its keys are good; whether its server answers is seen when it is needed.</summary>
internal sealed class DnsParser(DnsProviderTypes types, AcmeConfigurationSection section, ValueReader values, ProblemList problems)
{
    private const string Key = nameof(AcmeOptions.Dns);
    private const string TypeKey = "Type";

    private readonly Dictionary<string, DnsProviderSetting> _providers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of providers whose records a person sets.</summary>
    private readonly List<string> _byHand = [];

    public DnsSettings Parse(AcmeDnsOptions? options)
    {
        foreach (var name in types.NamesInCode) _providers[name] = new DnsProviderSetting(name, null, new());
        if (options is null) return DnsSettings.None with { Providers = new(_providers) };

        foreach (var (name, keys) in options.Providers ?? []) AddProvider(name, keys ?? []);
        var dns = new DnsSettings
        {
            Default = Provider($"{Key}:{nameof(options.Default)}", options.Default),
            Providers = new(_providers),
            Zones = Zones(options.Zones ?? []),
            Aliases = Aliases(options.Aliases ?? []),
            Resolvers = Resolvers(options.Resolvers),
            ChecksPropagation = values.Flag($"{Key}:{nameof(options.Propagation)}:{nameof(AcmePropagationOptions.Check)}", options.Propagation?.Check) ?? true,
            Timeout = values.Duration($"{Key}:{nameof(options.Propagation)}:{nameof(AcmePropagationOptions.Timeout)}", options.Propagation?.Timeout, TimeSpan.FromDays(1)),
            Delay = values.Duration($"{Key}:{nameof(options.Propagation)}:{nameof(AcmePropagationOptions.Delay)}", options.Propagation?.Delay, TimeSpan.FromHours(1)) ?? TimeSpan.Zero,
        };

        // The CA would be told before anybody has read which record it is.
        if (_byHand.Count > 0 && !dns.ChecksPropagation && dns.Delay == TimeSpan.Zero)
            problems.Add($"{Key}:{nameof(options.Propagation)}:{nameof(AcmePropagationOptions.Check)}", $"is false and {nameof(AcmePropagationOptions.Delay)} is not set, so nobody would wait until the records of {string.Join(", ", _byHand)} are set by hand.");
        return dns;
    }

    /// <summary>A name of a known provider; null where nothing is said, or another one.</summary>
    public string? Provider(string key, string? text)
    {
        if (ValueReader.Text(text) is not { } said) return null;
        if (_providers.TryGetValue(said, out var known)) return known.Name;

        var names = _providers.Count == 0 ? "there is none" : $"known are {string.Join(", ", _providers.Keys.Order(StringComparer.OrdinalIgnoreCase))}";
        problems.Add(key, $"'{said}' is no name of a DNS provider; {names} ({section.Path}:{Key}:{nameof(AcmeDnsOptions.Providers)}).");
        return null;
    }

    private void AddProvider(string name, Dictionary<string, string?> keys)
    {
        var key = $"{Key}:{nameof(AcmeDnsOptions.Providers)}:{name}";
        if (!HookName.Is(name)) problems.Add(key, $"'{name}' is no name of a DNS provider: letters, digits, '.', '-' and '_', a letter or a digit first, at most {HookName.Longest}.");
        if (types.NamesInCode.Contains(name, StringComparer.OrdinalIgnoreCase)) problems.Add(key, "has the name of a provider that the application's code adds.");

        var configuration = new AcmeComponentConfiguration(name, keys);
        var type = configuration.Find(TypeKey);
        if (type is null || !types.Has(type))
        {
            var known = types.Names.ToList();
            var hint = known.Count == 0 ? "there is no type: AddDns() of the package AcmeKestrel.Dns adds some" : $"known are {string.Join(", ", known)}";
            problems.Add($"{key}:{TypeKey}", type is null ? $"is missing; {hint}." : $"'{type}' is no type of DNS providers; {hint}.");
        }
        else
        {
            var provider = types.Create(type, configuration);
            if (provider.IsByHand) _byHand.Add(name);
            (provider as IDisposable)?.Dispose();
            foreach (var (wrong, problem) in configuration.Problems) problems.Add($"{key}:{wrong}", problem);
            foreach (var unknown in configuration.UnknownKeys) problems.Add($"{key}:{unknown}", $"is no known key; known here are {string.Join(", ", configuration.KnownKeys)}.");
        }

        _providers[name] = new DnsProviderSetting(name, type?.ToLowerInvariant(), new(keys));
    }

    private SettingList<(string Zone, string Provider)> Zones(Dictionary<string, string> zones)
    {
        var found = new List<(string Zone, string Provider)>();
        foreach (var (text, name) in zones)
        {
            var key = $"{Key}:{nameof(AcmeDnsOptions.Zones)}:{text}";
            if (Domain(key, text) is { } zone && Provider(key, name) is { } provider) found.Add((zone, provider));
        }

        return [.. found.OrderByDescending(zone => zone.Zone.Length)];
    }

    private SettingMap<string> Aliases(Dictionary<string, string> aliases)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (text, target) in aliases)
        {
            var key = $"{Key}:{nameof(AcmeDnsOptions.Aliases)}:{text}";
            if (Domain(key, text) is not { } name || ValueReader.Text(target) is not { } said) continue;
            if (said.TrimEnd('.').ToLowerInvariant() is var record && IsRecordName(record)) found[name] = record;
            else problems.Add(key, $"'{target}' is no name of a DNS record.");
        }

        return new(found);
    }

    private string? Domain(string key, string text)
    {
        if (!AcmeIdentifier.TryParse(text.TrimEnd('.'), out var name, out var error)) problems.Add(key, error);
        else if (name.Type is not AcmeIdentifierType.Dns || name.IsWildcard) problems.Add(key, "is no name of a domain.");
        else return name.Value;

        return null;
    }

    private SettingList<IPEndPoint> Resolvers(List<string>? texts)
    {
        var found = new List<IPEndPoint>();
        foreach (var (key, text) in section.Items($"{Key}:{nameof(AcmeDnsOptions.Resolvers)}", texts))
        {
            if (!IPEndPoint.TryParse(text, out var resolver)) problems.Add(key, $"'{text}' is no address and no address:port.");
            else found.Add(resolver.Port == 0 ? new IPEndPoint(resolver.Address, 53) : resolver);
        }

        return [.. found];
    }

    /// <summary>Labels of letters, digits, '-' and '_', which hosts do not have and records do.</summary>
    private static bool IsRecordName(string text) =>
        text.Length is > 0 and <= 253 && text.Contains('.') && text.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
