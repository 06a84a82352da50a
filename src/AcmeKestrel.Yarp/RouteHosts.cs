using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Yarp;

/// <summary>Reads the hosts of routes; YARP itself does not check them.</summary>
internal static class RouteHosts
{
    private const string MetadataKey = "Acme";

    /// <summary>One certificate a host, whichever routes it has.</summary>
    public static DesiredCertificates Read(IEnumerable<RouteConfig> routes)
    {
        var (certificates, problems) = (new SortedDictionary<string, DesiredCertificate>(StringComparer.Ordinal), new List<DesiredProblem>());
        foreach (var route in routes.OrderBy(route => route.RouteId, StringComparer.Ordinal))
        {
            var origin = $"YARP route '{route.RouteId}'";
            if (!IsWanted(route, origin, problems)) continue;

            foreach (var host in route.Match.Hosts ?? [])
            {
                if (NameOf(host) is not { } text) continue;
                if (!AcmeIdentifier.TryParse(text, out var name, out var error)) problems.Add(new DesiredProblem(origin, error));
                else if (name.Type == AcmeIdentifierType.Dns) certificates.TryAdd(name.Value, new DesiredCertificate([name.Value], origin));
            }
        }

        return new DesiredCertificates([.. certificates.Values]) { Problems = problems };
    }

    private static bool IsWanted(RouteConfig route, string origin, List<DesiredProblem> problems)
    {
        if (route.Metadata is not { } metadata || !metadata.TryGetValue(MetadataKey, out var text)) return true;
        if (bool.TryParse(text, out var wanted)) return wanted;

        problems.Add(new DesiredProblem(origin, $"The metadata '{MetadataKey}' is neither true nor false."));
        return false;
    }

    /// <summary>Null for hosts that name nothing: any host, and IPv6 addresses, which a route writes in brackets.</summary>
    private static string? NameOf(string host)
    {
        var colon = host.LastIndexOf(':');
        var hasPort = colon > 0 && (host[(colon + 1)..] == "*" || ushort.TryParse(host.AsSpan(colon + 1), out _));
        var name = hasPort ? host[..colon] : host;
        return name.Length == 0 || name == "*" || name[0] == '[' ? null : name;
    }
}
