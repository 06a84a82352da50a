using System.Globalization;
using System.Net;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>The options, parsed; every mistake in one message.</summary>
internal sealed record LocalCaSettings(bool Enabled, IPAddress Address, int Port, string DirectoryUrl, int? HttpPort, int? TlsPort, string? Directory, LocalCaPolicy Policy)
{
    /// <exception cref="InvalidOperationException">Names each key with a bad value.</exception>
    public static LocalCaSettings Parse(LocalCaOptions options, bool isDevelopment)
    {
        var problems = new List<string>();
        var (address, port, url) = ParseUrl(options.Url ?? "https://127.0.0.1:14443/directory", problems);
        var settings = new LocalCaSettings(
            ParseFlag("Enabled", options.Enabled, problems) ?? isDevelopment,
            address,
            port,
            url,
            ParsePort("HttpPort", options.HttpPort, problems),
            ParsePort("TlsPort", options.TlsPort, problems),
            string.IsNullOrWhiteSpace(options.Directory) ? null : options.Directory,
            new LocalCaPolicy
            {
                CertificateLifetime = ParseLifetime(options.CertificateLifetime, problems),
                OrderReuse = ParseFlag("OrderReuse", options.OrderReuse, problems) ?? false,
                AuthorizationReuse = ParseFlag("AuthorizationReuse", options.AuthorizationReuse, problems) ?? false,
            });
        return problems.Count == 0 ? settings : throw new InvalidOperationException(string.Join(Environment.NewLine, problems.Prepend("The configuration of the embedded CA is wrong:")));
    }

    private static (IPAddress, int, string) ParseUrl(string text, List<string> problems)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "https" && url.AbsolutePath == "/directory")
        {
            if (url.Host == "localhost") return (IPAddress.Loopback, url.Port, text);
            if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)) return (address, url.Port, text);
        }

        problems.Add($"LocalCa:Url: '{text}' must be https://<loopback address>:<port>/directory");
        return (IPAddress.Loopback, 0, text);
    }

    private static bool? ParseFlag(string key, string? text, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (bool.TryParse(text, out var flag)) return flag;
        problems.Add($"LocalCa:{key}: '{text}' is neither true nor false");
        return null;
    }

    private static int? ParsePort(string key, string? text, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535) return port;
        problems.Add($"LocalCa:{key}: '{text}' is no port");
        return null;
    }

    private static TimeSpan ParseLifetime(string? text, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text)) return new LocalCaPolicy().CertificateLifetime;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var lifetime) && lifetime >= TimeSpan.FromMinutes(5) && lifetime <= TimeSpan.FromDays(398)) return lifetime;
        problems.Add($"LocalCa:CertificateLifetime: '{text}' is no time span from 00:05:00 to 398.00:00:00");
        return default;
    }
}
