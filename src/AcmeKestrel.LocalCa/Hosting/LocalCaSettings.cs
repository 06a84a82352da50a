using System.Buffers.Text;
using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>The options, checked: one message lists everything that is wrong.</summary>
internal sealed record LocalCaSettings(
    bool Enabled, Uri Url, int? HttpPort, int? TlsPort, bool OrderReuse, TimeSpan AuthorizationReuse, TimeSpan CertificateLifetime, string? Directory)
{
    public IReadOnlyDictionary<string, LocalCaProfile> Profiles { get; init; } = FrozenDictionary<string, LocalCaProfile>.Empty;

    public IReadOnlyDictionary<string, byte[]> ExternalAccounts { get; init; } = ReadOnlyDictionary<string, byte[]>.Empty;

    public bool ExternalAccountRequired { get; init; }

    public IPEndPoint? DnsServer { get; init; }

    public bool OfferDnsAccount01 { get; init; }

    public bool OfferDnsPersist01 { get; init; }

    public static LocalCaSettings Parse(LocalCaOptions options, bool development)
    {
        var errors = new List<string>();
        var settings = new LocalCaSettings(
            Flag(options.Enabled, nameof(options.Enabled), development, errors),
            Loopback(options.Url, errors),
            Port(options.HttpPort, nameof(options.HttpPort), errors),
            Port(options.TlsPort, nameof(options.TlsPort), errors),
            Flag(options.OrderReuse, nameof(options.OrderReuse), false, errors),
            Span(options.AuthorizationReuse, nameof(options.AuthorizationReuse), TimeSpan.Zero, TimeSpan.Zero, errors),
            // A leaf must fit into what is left of an intermediate.
            Span(options.CertificateLifetime, nameof(options.CertificateLifetime), TimeSpan.FromDays(90), TimeSpan.FromSeconds(10), errors),
            options.Directory)
        {
            Profiles = ProfilesOf(options.Profiles ?? [], errors),
            ExternalAccounts = MacKeys(options.ExternalAccounts, errors),
            ExternalAccountRequired = Flag(options.ExternalAccountRequired, nameof(options.ExternalAccountRequired), false, errors),
            DnsServer = Resolver(options.DnsServer, errors),
            OfferDnsAccount01 = ByDns(options.OfferDnsAccount01, nameof(options.OfferDnsAccount01), options, errors),
            OfferDnsPersist01 = ByDns(options.OfferDnsPersist01, nameof(options.OfferDnsPersist01), options, errors),
        };
        if (settings.ExternalAccountRequired && options.ExternalAccounts is not { Count: > 0 })
            errors.Add("LocalCa:ExternalAccountRequired: nobody could register, because LocalCa:ExternalAccounts is empty.");

        return errors.Count == 0 ? settings : throw new OptionsValidationException(LocalCaOptions.SectionName, typeof(LocalCaOptions), errors);
    }

    private static FrozenDictionary<string, LocalCaProfile> ProfilesOf(Dictionary<string, string?> profiles, List<string> errors) => profiles.ToFrozenDictionary(
        profile => profile.Key,
        profile =>
        {
            // A profile is its lifetime: one without is a slip, not a default.
            var lifetime = Span(profile.Value ?? "", $"{nameof(Profiles)}:{profile.Key}", null, TimeSpan.FromSeconds(10), errors);
            return new LocalCaProfile($"Certificates that live {lifetime}", lifetime);
        });

    private static Uri Loopback(string? text, List<string> errors)
    {
        text ??= "https://127.0.0.1:14443/directory";
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https", Query: "", Fragment: "", UserInfo: "" } && url.AbsolutePath != "/" && IsLoopback(url.Host)) return url;

        errors.Add($"LocalCa:Url: '{text}' is not an https URL with a path on localhost or a loopback address, such as https://127.0.0.1:14443/directory.");
        return new Uri("https://127.0.0.1/directory");
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static IReadOnlyDictionary<string, byte[]> MacKeys(Dictionary<string, string>? keys, List<string> errors)
    {
        if (keys is not { Count: > 0 }) return ReadOnlyDictionary<string, byte[]>.Empty;

        var decoded = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (id, text) in keys)
        {
            // Never the text itself: it is a secret.
            if (text is { Length: > 0 } && !text.Contains('=', StringComparison.Ordinal) && Base64Url.IsValid(text)) decoded[id] = Base64Url.DecodeFromChars(text);
            else errors.Add($"LocalCa:ExternalAccounts:{id}: the value is not a key in base64url without padding.");
        }

        return decoded;
    }

    private static IPEndPoint? Resolver(string? text, List<string> errors)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (IPEndPoint.TryParse(text, out var server) && server.Port != 0 && IPAddress.IsLoopback(server.Address)) return server;
        errors.Add($"LocalCa:DnsServer: '{text}' is not a loopback address with a port, such as 127.0.0.1:8053.");
        return null;
    }

    private static bool ByDns(string? text, string key, LocalCaOptions options, List<string> errors)
    {
        var offered = Flag(text, key, false, errors);
        if (offered && string.IsNullOrEmpty(options.DnsServer)) errors.Add($"LocalCa:{key}: nothing could be proven so, because LocalCa:DnsServer is empty.");
        return offered;
    }

    private static bool Flag(string? text, string key, bool fallback, List<string> errors)
    {
        if (string.IsNullOrEmpty(text)) return fallback;
        if (bool.TryParse(text, out var value)) return value;
        errors.Add($"LocalCa:{key}: '{text}' is not true or false.");
        return fallback;
    }

    private static int? Port(string? text, string key, List<string> errors)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535) return port;
        errors.Add($"LocalCa:{key}: '{text}' is not a port.");
        return null;
    }

    /// <param name="fallback">What nothing means; null = something must be there.</param>
    private static TimeSpan Span(string? text, string key, TimeSpan? fallback, TimeSpan least, List<string> errors)
    {
        if (string.IsNullOrEmpty(text) && fallback is { } nothing) return nothing;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= least && span <= TimeSpan.FromDays(397)) return span;
        errors.Add($"LocalCa:{key}: '{text}' is not a time span from {least} to 397 days, such as 90.00:00:00.");
        return least;
    }
}
