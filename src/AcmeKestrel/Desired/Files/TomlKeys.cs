using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>The settings of a certificate as TOML spells them (<c>key_type</c>); as the configuration does (<c>KeyType</c>) is understood as well.</summary>
internal static class TomlKeys
{
    private static readonly (string Key, string Property)[] Known =
    [
        ("provider", nameof(DesiredCertificate.Provider)),
        ("account", nameof(DesiredCertificate.Email)),
        ("domains", nameof(DesiredCertificate.Names)),
        ("fallback_providers", nameof(DesiredCertificate.FallbackProviders)),
        ("key_type", nameof(DesiredCertificate.KeyType)),
        ("reuse_key", nameof(DesiredCertificate.ReuseKey)),
        ("dns", nameof(DesiredCertificate.Dns)),
        ("profile", nameof(DesiredCertificate.Profile)),
        ("require_profile", nameof(DesiredCertificate.RequireProfile)),
        ("preferred_chain", nameof(DesiredCertificate.PreferredChain)),
        ("challenges", nameof(DesiredCertificate.Challenges)),
        ("include_bare_domain", nameof(DesiredCertificate.IncludeBareDomain)),
    ];

    private static readonly Dictionary<string, string> Properties =
        Known.Select(known => (known.Key, known.Property)).Concat(Known.Select(known => (Key: known.Property, known.Property)))
            .DistinctBy(known => Plain(known.Key)).ToDictionary(known => Plain(known.Key), known => known.Property, StringComparer.Ordinal);

    /// <summary>Whoever may write to the state directory must not have the server run, write or give away anything by that.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new[]
    {
        ("command run exec execute script program programs hook hooks prehook posthook deployhook renewhook reload reloadcmd reloadcommand args", "a program is named in the configuration alone, under Acme:Hooks"),
        ("path file folder directory export exports certfile keyfile fullchainfile chainfile certpath keypath output statedirectory", "a path is named in the configuration alone, under Acme:Exports"),
        ("owner user uid group gid keygroup mode chmod chown permissions", "owners and modes are set in the configuration alone, by Acme:KeyGroup and under Acme:Exports"),
        ("eabkeyid eabhmackey eabalgorithm trustedrootsfile proxy directoryurl server", "what belongs to a CA is set in the configuration, under Acme:Providers"),
    }.SelectMany(kind => kind.Item1.Split(' ').Select(key => KeyValuePair.Create(key, kind.Item2))).ToDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> All => Known.Select(known => known.Key);

    /// <summary>Null: no such setting.</summary>
    public static string? PropertyOf(string key) => Properties.GetValueOrDefault(Plain(key));

    public static string WhyNot(string key) =>
        Elsewhere.TryGetValue(Plain(key), out var place)
            ? $"'{PlainText.Of(key, 100)}' is never read from a file of the state directory: {place}."
            : $"'{PlainText.Of(key, 100)}' is no known key; known are {string.Join(", ", All)}.";

    private static string Plain(string key) => key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
