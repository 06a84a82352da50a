using AcmeKestrel.Desired;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Yarp;

/// <summary>
/// The hosts of all routes, kept: of ten thousand routes those are read that changed. A host is wished once, whichever routes it has: by the first of them in the order of their ids.
/// </summary>
internal sealed class RouteIndex
{
    private readonly Dictionary<string, KnownRoute> _routes = new(StringComparer.Ordinal);

    /// <summary>By name, the ids of the routes that have it.</summary>
    private readonly Dictionary<string, SortedSet<string>> _byName = new(StringComparer.Ordinal);

    /// <summary>The ids of routes that may say something else than before, with the state from which they do; the oldest first.</summary>
    private readonly Queue<(long State, string RouteId)> _changes = new();
    private long _forgotten;

    /// <summary>Counts the changes.</summary>
    public long State { get; private set; }

    /// <summary>These are all routes there are now.</summary>
    public void Take(IEnumerable<RouteConfig> routes)
    {
        var (ids, changed) = (new HashSet<string>(_routes.Count, StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var route in routes)
        {
            if (!ids.Add(route.RouteId) || (_routes.TryGetValue(route.RouteId, out var known) && RouteHosts.AreAlike(known.Route, route))) continue;

            Remove(route.RouteId, changed);
            Add(route, changed);
        }

        if (ids.Count < _routes.Count) foreach (var gone in _routes.Keys.Where(id => !ids.Contains(id)).ToList()) Remove(gone, changed);
        if (changed.Count == 0) return;

        State++;
        foreach (var id in changed) _changes.Enqueue((State, id));
        while (_changes.Count > 1024 + (2 * _routes.Count)) _forgotten = _changes.Dequeue().State;
    }

    /// <summary>What each route that may say something else since that state says now, by its id; null where that is too long ago.</summary>
    public Dictionary<string, DesiredCertificates>? ChangedSince(long state) => state < _forgotten || state > State
        ? null
        : _changes.Where(change => change.State > state).Select(change => change.RouteId).Distinct(StringComparer.Ordinal).ToDictionary(id => id, Say, StringComparer.Ordinal);

    /// <summary>What all routes say, by their ids.</summary>
    public Dictionary<string, DesiredCertificates> All() => _routes.Keys.ToDictionary(id => id, Say, StringComparer.Ordinal);

    private void Add(RouteConfig route, HashSet<string> changed)
    {
        var (names, problems) = RouteHosts.Read(route);
        _routes[route.RouteId] = new KnownRoute(route, names, problems);
        if (names.Count + problems.Count > 0) changed.Add(route.RouteId);
        foreach (var name in names)
        {
            if (!_byName.TryGetValue(name, out var ids)) _byName[name] = ids = new SortedSet<string>(StringComparer.Ordinal);
            if (ids.Min is { } first) changed.Add(first);
            ids.Add(route.RouteId);
        }
    }

    private void Remove(string routeId, HashSet<string> changed)
    {
        if (!_routes.Remove(routeId, out var former)) return;

        if (former.Names.Count + former.Problems.Count > 0) changed.Add(routeId);
        foreach (var name in former.Names)
        {
            var ids = _byName[name];
            ids.Remove(routeId);
            if (ids.Min is { } next) changed.Add(next);
            else _byName.Remove(name);
        }
    }

    private DesiredCertificates Say(string routeId)
    {
        if (!_routes.TryGetValue(routeId, out var known)) return DesiredCertificates.Empty;

        var origin = RouteHosts.OriginOf(routeId);
        return new DesiredCertificates([.. known.Names.Where(name => _byName[name].Min == routeId).Select(name => new DesiredCertificate([name], origin))]) { Problems = known.Problems };
    }

    private sealed record KnownRoute(RouteConfig Route, IReadOnlyList<string> Names, IReadOnlyList<DesiredProblem> Problems);
}
