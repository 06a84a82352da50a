using System.Buffers;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration;

/// <summary>Merges the configured providers with the built-in ones and finds the one that a setting names.</summary>
internal sealed class ProviderParser(ValueReader values, ProblemList problems)
{
    private const string ProvidersKey = nameof(AcmeOptions.Providers);

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    private static readonly SearchValues<char> Base64Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/-_=");

    private readonly Dictionary<string, Provider> _providers = new(BuiltInProviders.All, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _configured = new(StringComparer.OrdinalIgnoreCase);

    public SettingMap<Provider> Providers => new(_providers);

    public void AddConfigured(IReadOnlyDictionary<string, AcmeProviderOptions>? configured)
    {
        foreach (var (name, options) in configured ?? new Dictionary<string, AcmeProviderOptions>()) Add(name, options ?? new());
        foreach (var (name, options) in configured ?? new Dictionary<string, AcmeProviderOptions>())
        {
            if (ValueReader.Text(options?.Staging) is not { } staging) continue;

            var key = $"{ProvidersKey}:{name}:{nameof(AcmeProviderOptions.Staging)}";
            if (!_configured.Contains(staging) && !BuiltInProviders.All.ContainsKey(staging)) problems.Add(key, Unknown(staging));
            else if (IsItself(name, staging)) problems.Add(key, $"'{staging}' is the CA itself: failures there would cost what the staging directory is to save.");
        }

        // What nobody has said, and what came of a built-in name that stands for another directory now.
        foreach (var (name, provider) in _providers.ToList())
        {
            if (provider.Staging is { } staging && IsItself(name, staging)) _providers[name] = provider with { Staging = null };
        }
    }

    /// <summary>The provider's own name, or null where nothing is named or what is named is wrong. A URL is the configured provider that has it, else one of its own.</summary>
    public string? Resolve(string key, string? text)
    {
        if (ValueReader.Text(text) is not { } said) return null;
        if (_providers.TryGetValue(said, out var provider)) return provider.Name;

        if (!said.Contains("://", StringComparison.Ordinal))
        {
            // A provider that is configured wrongly has its own problem already.
            if (!_configured.Contains(said)) problems.Add(key, Unknown(said));
            return null;
        }

        if (values.DirectoryUrl(key, said) is not { } url) return null;

        // Under the URL, too: a wish that is kept may say it.
        var known = _providers[url] = ConfiguredAt(url) ?? (BuiltInProviders.ByDirectory(url) ?? Plain(url, url)) with { Name = url };
        return known.Name;
    }

    /// <summary>The same for a list; null where nothing is said. What is wrong is left out.</summary>
    public SettingList<string>? ResolveAll(IEnumerable<(string Key, string Said)> items) =>
        items.ToList() is { Count: > 0 } said ? [.. said.Select(item => Resolve(item.Key, item.Said)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)] : null;

    /// <summary>Its account and its roots are meant whichever way it is named. Null: there is none, or more than one. To the letter, as CAs are told apart.</summary>
    private Provider? ConfiguredAt(string url) =>
        _configured.Select(name => _providers.GetValueOrDefault(name)).OfType<Provider>().Where(provider => provider.Ca == new CaKey(url)).Take(2).ToList() is [var only] ? only : null;

    private void Add(string name, AcmeProviderOptions options)
    {
        var key = $"{ProvidersKey}:{name}";
        if (name.Length is 0 or > 64 || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            problems.Add(key, "a provider's name is made of letters, digits, '.', '-' and '_', at most 64.");
            return;
        }

        if (!_configured.Add(name)) problems.Add(key, "is there twice; upper and lower case are one.");

        var named = BuiltInProviders.All.GetValueOrDefault(name);
        var directoryKey = $"{key}:{nameof(options.Directory)}";
        var given = values.DirectoryUrl(directoryKey, options.Directory);
        if (named is null && ValueReader.Text(options.Directory) is null) problems.Add(directoryKey, "is missing: the https URL of the CA's directory.");
        CheckExternalAccount(key, options);
        var macAlgorithm = values.Choice<AcmeMacAlgorithm>($"{key}:{nameof(options.EabAlgorithm)}", options.EabAlgorithm) ?? AcmeMacAlgorithm.HS256;
        var requireProfile = values.Flag($"{key}:{nameof(options.RequireProfile)}", options.RequireProfile) ?? false;
        var proxy = values.ProxyUrl($"{key}:{nameof(options.Proxy)}", options.Proxy);
        if ((given ?? named?.DirectoryUrl) is not { } directory) return;

        var known = BuiltInProviders.ByDirectory(directory);
        var limits = ReadLimits($"{key}:{nameof(options.Limits)}", options.Limits, known?.Limits ?? ProviderLimits.Usual);
        _providers[name] = (known ?? Plain(name, directory)) with
        {
            Name = named?.Name ?? name,
            TrustedRootsFile = ValueReader.Text(options.TrustedRootsFile) is { } file ? Path.GetFullPath(file) : null,
            Proxy = proxy,
            EabKeyId = ValueReader.Text(options.EabKeyId),
            EabHmacKey = ValueReader.Text(options.EabHmacKey),
            EabAlgorithm = macAlgorithm,
            PreferredChain = ValueReader.Text(options.PreferredChain),
            Profile = ValueReader.Text(options.Profile),
            RequireProfile = requireProfile,
            Limits = limits,
            Staging = ValueReader.Text(options.Staging) ?? known?.Staging,
        };
    }

    private bool IsItself(string name, string staging) =>
        string.Equals(name, staging, StringComparison.OrdinalIgnoreCase) || (_providers.TryGetValue(name, out var provider) && _providers.TryGetValue(staging, out var other) && provider.Ca == other.Ca);

    private void CheckExternalAccount(string key, AcmeProviderOptions options)
    {
        var (id, mac) = (ValueReader.Text(options.EabKeyId), ValueReader.Text(options.EabHmacKey));
        if (id is not null && mac is null) problems.Add($"{key}:{nameof(options.EabHmacKey)}", $"is missing beside {nameof(options.EabKeyId)}.");
        if (id is null && mac is not null) problems.Add($"{key}:{nameof(options.EabKeyId)}", $"is missing beside {nameof(options.EabHmacKey)}.");
        if (mac.AsSpan().ContainsAnyExcept(Base64Characters)) problems.Add($"{key}:{nameof(options.EabHmacKey)}", "is neither base64url nor base64.");
    }

    private ProviderLimits ReadLimits(string key, string? text, ProviderLimits own)
    {
        if (ValueReader.Text(text) is not { } said) return own;

        var limits = LimitsReader.Read(said, own, out var error);
        if (error is not null) problems.Add(key, error);
        return limits;
    }

    private string Unknown(string name) =>
        $"'{name}' is no known provider; known are {string.Join(", ", BuiltInProviders.All.Keys.Union(_configured, StringComparer.OrdinalIgnoreCase).Order())}, or an https directory URL.";

    private static Provider Plain(string name, string directoryUrl) =>
        new(name, directoryUrl, null, null, null, null, null, null, ProviderLimits.Usual, IsBuiltIn: false, null);
}
