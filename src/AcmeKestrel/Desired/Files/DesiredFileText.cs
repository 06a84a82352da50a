using System.Globalization;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>What an operator would write into a file of <c>desired/</c> for a wish: the names, or where more is said, TOML. Pure.</summary>
internal static class DesiredFileText
{
    /// <summary>Only names are said.</summary>
    public static bool IsPlain(AcmeCertificateRequest request) => request is
    {
        Provider: null, FallbackProviders: null, Email: null, KeyType: null, Profile: null, RequireProfile: null, PreferredChain: null, ReuseKey: null, Dns: null, Challenges: null, IncludeBareDomain: null,
    };

    public static string Plain(IReadOnlyList<AcmeIdentifier> names) => string.Concat(names.Select(name => $"{name.Value}\n"));

    public static string Toml(AcmeCertificateRequest request, IReadOnlyList<AcmeIdentifier> names)
    {
        var text = new StringBuilder();
        Add("domains", List(names.Select(name => name.Value)));
        Add("provider", Text(request.Provider));
        Add("account", Text(request.Email));
        Add("fallback_providers", List(request.FallbackProviders));
        Add("key_type", Text(request.KeyType?.ToString()));
        Add("reuse_key", Truth(request.ReuseKey));
        Add("dns", Text(request.Dns));
        Add("profile", Text(request.Profile));
        Add("require_profile", Truth(request.RequireProfile));
        Add("preferred_chain", Text(request.PreferredChain));
        Add("challenges", List(request.Challenges));
        Add("include_bare_domain", Truth(request.IncludeBareDomain));
        return text.ToString();

        void Add(string key, string? value)
        {
            if (value is not null) text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
        }
    }

    private static string? Truth(bool? value) => value is null ? null : value.Value ? "true" : "false";

    private static string? List(IEnumerable<string>? values) => values is null ? null : $"[{string.Join(", ", values.Select(Text))}]";

    /// <summary>A basic string (TOML 1.0): quotes, backslashes and control characters are escaped.</summary>
    private static string? Text(string? value)
    {
        if (value is null) return null;

        var text = new StringBuilder("\"");
        foreach (var character in value)
        {
            if (character is '"' or '\\') text.Append('\\').Append(character);
            else if (char.IsControl(character)) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else text.Append(character);
        }

        return text.Append('"').ToString();
    }
}
