using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Yarp;

/// <summary>Reads the hosts of routes; YARP itself does not check them.</summary>
internal static class RouteHosts
{
    private const string MetadataKey = "Acme";

    public static string OriginOf(string routeId) => $"YARP route '{routeId}'";

    /// <summary>The names of one route, canonical, each once; what is wrong with it.</summary>
    public static (IReadOnlyList<string> Names, IReadOnlyList<DesiredProblem> Problems) Read(RouteConfig route)
    {
        var (names, problems, origin) = (new List<string>(), new List<DesiredProblem>(), OriginOf(route.RouteId));
        if (!IsWanted(route, origin, problems)) return (names, problems);

        foreach (var host in route.Match.Hosts ?? [])
        {
            if (NameOf(host) is not { } text) continue;
            if (!AcmeIdentifier.TryParse(text, out var name, out var error)) problems.Add(new DesiredProblem(origin, error));
            else if (name.Type == AcmeIdentifierType.Dns && !names.Contains(name.Value)) names.Add(name.Value);
        }

        return (names, problems);
    }

    /// <summary>Whether the routes say the same of their hosts, whatever else they say.</summary>
    public static bool AreAlike(RouteConfig one, RouteConfig other) =>
        ReferenceEquals(one, other) || (WordOf(one) == WordOf(other) && (one.Match.Hosts ?? []).SequenceEqual(other.Match.Hosts ?? [], StringComparer.Ordinal));

    private static bool IsWanted(RouteConfig route, string origin, List<DesiredProblem> problems)
    {
        if (WordOf(route) is not { } text) return true;
        if (bool.TryParse(text, out var wanted)) return wanted;

        problems.Add(new DesiredProblem(origin, $"The metadata '{MetadataKey}' is neither true nor false."));
        return false;
    }

    private static string? WordOf(RouteConfig route) => route.Metadata?.GetValueOrDefault(MetadataKey);

    /// <summary>Null for hosts that name nothing: any host, and IPv6 addresses, which a route writes in brackets.</summary>
    private static string? NameOf(string host)
    {
        var colon = host.LastIndexOf(':');
        var hasPort = colon > 0 && (host[(colon + 1)..] == "*" || ushort.TryParse(host.AsSpan(colon + 1), out _));
        var name = hasPort ? host[..colon] : host;
        return name.Length == 0 || name == "*" || name[0] == '[' ? null : name;
    }
}
