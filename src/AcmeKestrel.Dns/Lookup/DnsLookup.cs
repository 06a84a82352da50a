using System.Net;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>Resolvers are asked one after the other until one answers, whoever was silent last; authoritative servers side by side, each on its own.</summary>
internal sealed class DnsLookup(TimeProvider time) : IDnsLookup, IDisposable
{
    private readonly DnsAsking _asking = new(time);

    private readonly SilentResolvers _silent = new(time);

    public Task<string> FindTargetAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken) =>
        new AliasLook(ZoneOf(resolvers), (asked, type, cancellation) => AskAsync(asked, type, resolvers, cancellation)).FollowAsync(Own(name), cancellationToken);

    public async Task<IReadOnlyList<DnsAbsence>> FindAbsencesAsync(string name, string value, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken)
    {
        name = Own(name);
        var zone = ZoneOf(resolvers);
        var servers = await zone.FindServersAsync(name, cancellationToken).ConfigureAwait(false);
        var heard = await zone.HearAsync(servers, name, DnsType.TXT, cancellationToken).ConfigureAwait(false);
        var looks = heard.Select(one => (one.Server, one.IsAuthoritative, Reason: one.Fault ?? ReasonOf(one.Saying!, name, value, mustBeAuthoritative: true))).ToList();
        var isShown = looks.Exists(one => one.Reason is null);
        var absences = looks.Where(one => one.Reason is not null).Select(one => new DnsAbsence(one.Server, one.Reason!) { MayBePassedOver = isShown && !one.IsAuthoritative }).ToList();

        // What a resolver hears of a server that lags it keeps for a while, so it is asked when none does.
        if (absences.Exists(absence => !absence.MayBePassedOver)) return absences;

        // One that is an authoritative server as well has shown it by then, unless it is who may be passed over.
        var asked = absences.Count > 0 ? [] : servers.SelectMany(server => server.Addresses).ToHashSet();
        var cached = await Task.WhenAll(resolvers.Where(resolver => !asked.Contains(resolver)).Distinct().Select(resolver => LookThroughAsync(resolver, name, value, cancellationToken))).ConfigureAwait(false);
        return [.. absences, .. cached.OfType<DnsAbsence>()];
    }

    public async Task<IReadOnlyList<DnsTexts>> FindTextsByServerAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken)
    {
        name = Own(name);
        var zone = ZoneOf(resolvers);
        var servers = await zone.FindServersAsync(name, cancellationToken).ConfigureAwait(false);
        var heard = await zone.HearAsync(servers, name, DnsType.TXT, cancellationToken).ConfigureAwait(false);
        return [.. heard.Select(one => new DnsTexts(one.Server, one.Saying is { } saying ? Texts(saying, name) : []) { Fault = one.Fault ?? one.Saying!.Fault ?? (one.Saying.IsAuthoritative ? null : "is not authoritative for it") })];
    }

    public async Task<IReadOnlyList<CaaRecord>> FindCaaAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken)
    {
        var (saying, at) = await ResolveCaaAsync(Own(name), resolvers, cancellationToken).ConfigureAwait(false);
        return [.. saying.At<DnsData.Caa>(at).Select(record => new CaaRecord((record.Flags & 0x80) != 0, record.Tag, record.Value, at))];
    }

    public void Dispose() => _asking.Dispose();

    private ZoneHearing ZoneOf(IReadOnlyList<IPEndPoint> resolvers) => new(_asking, new ZoneServers((asked, type, cancellation) => AskAsync(asked, type, resolvers, cancellation), resolvers));

    private async Task<DnsAbsence?> LookThroughAsync(IPEndPoint resolver, string name, string value, CancellationToken cancellationToken)
    {
        var saying = await _asking.AskResolverAsync(resolver, name, DnsType.TXT, cancellationToken).ConfigureAwait(false);
        return ReasonOf(saying, name, value, mustBeAuthoritative: false) is { } reason ? new DnsAbsence($"resolver {ZoneHearing.Shown(resolver)}", reason) : null;
    }

    /// <summary>Null: the value is there.</summary>
    private static string? ReasonOf(DnsSaying saying, string name, string value, bool mustBeAuthoritative)
    {
        if (saying.Fault is { } fault) return fault;
        var texts = Texts(saying, name);
        if (texts.Contains(value)) return mustBeAuthoritative && !saying.IsAuthoritative ? "is not authoritative for it" : null;
        if (saying.At<DnsData.Alias>(name).FirstOrDefault() is { } alias) return $"has a CNAME record to {alias.Target} there";
        return texts.Count switch
        {
            0 => "has no such record",
            1 => "has 1 other value",
            var count => $"has {count} other values",
        };
    }

    /// <summary>The answer that ends the aliases, and the name that it is about.</summary>
    private async Task<(DnsSaying Saying, string At)> ResolveCaaAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken)
    {
        var path = new List<string> { name };
        while (true)
        {
            var saying = await AskAsync(path[^1], DnsType.CAA, resolvers, cancellationToken).ConfigureAwait(false);
            var at = saying.Follow(path[^1]);

            // A resolver that leaves the rest to the asker.
            if (at == path[^1] || saying.At<DnsData.Caa>(at).Any()) return (saying, at);
            DnsSaying.Step(path, at);
        }
    }

    /// <summary>What the first resolver says that answers.</summary>
    /// <exception cref="DnsProviderException">None does.</exception>
    private async Task<DnsSaying> AskAsync(string name, DnsType type, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        foreach (var resolver in _silent.InOrder(resolvers.Count > 0 ? resolvers : SystemResolvers.Find()))
        {
            var saying = await _asking.AskResolverAsync(resolver, name, type, cancellationToken).ConfigureAwait(false);
            _silent.Heard(resolver, saying);
            if (saying.Fault is not { } fault) return saying;
            faults.Add($"{ZoneHearing.Shown(resolver)} {fault}");
        }

        throw new DnsProviderException($"No resolver tells the {type} records of {name}: {string.Join("; ", faults)}");
    }

    private static List<string> Texts(DnsSaying saying, string name) => [.. saying.At<DnsData.Text>(name).Select(record => record.Value)];

    private static string Own(string name) => WireName.IsOne(name) && name.Length > 0 ? name.ToLowerInvariant() : throw new DnsProviderException($"'{name}' is no name that DNS can be asked for");
}
