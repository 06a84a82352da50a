using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.CommandLine.Doctoring;

/// <summary>Whether the CA's questions have an endpoint to come to, as far as the configuration says, and a server that runs: code may make endpoints, too. Pure.</summary>
internal static class EndpointLook
{
    private const string Subject = "endpoints";

    /// <param name="isServing">A server shows certificates, so it has an https endpoint.</param>
    public static IEnumerable<Finding> Look(IConfiguration configuration, bool isServing = false)
    {
        var urls = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>()
            .Concat((configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        var ports = (configuration["https_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(port => $"https://*:{port}").Concat((configuration["http_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(port => $"http://*:{port}"));
        urls.AddRange(ports);
        yield return Of(urls, "https://", 443, "tls-alpn-01", isServing);
        yield return Of(urls, "http://", 80, "http-01", isServing: false);
    }

    private static Finding Of(IEnumerable<string> urls, string scheme, int port, string challenge, bool isServing)
    {
        var bound = urls.Where(url => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)).ToList();
        if (bound.Count == 0 && isServing) return Finding.Ok(Subject, $"the configuration has no {scheme} endpoint, but code made one: the server serves certificates");
        if (bound.Count == 0) return new Finding(Subject, FindingLevel.Warning, $"the configuration has no {scheme} endpoint, which {challenge} needs", $"Add one to Kestrel:Endpoints, unless code makes it: the CA asks at port {port}.");

        var shown = VerbConsole.OneLine(string.Join(", ", bound));
        return bound.Exists(url => PortOf(url, port) == port)
            ? Finding.Ok(Subject, $"{shown} answers {challenge}")
            : new Finding(Subject, FindingLevel.Warning, $"{shown} is not at port {port}, where the CA asks for {challenge}", $"See to it that port {port} of each name leads there.");
    }

    /// <summary>A host may be a star or a plus, which is no URL.</summary>
    private static int PortOf(string url, int usual)
    {
        var authority = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/')[0];
        var colon = authority.LastIndexOf(':');
        return colon > authority.LastIndexOf(']') && int.TryParse(authority[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture, out var port) ? port : usual;
    }
}
