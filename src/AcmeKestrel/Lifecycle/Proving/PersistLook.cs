using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Zones;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Looks whether a record of dns-persist-01 stands as it should, at each of the zone's authoritative servers, where CNAME records lead as well.</summary>
internal sealed class PersistLook(IDnsLookup lookup, DnsSettings settings, TimeProvider time)
{
    private const int MostTold = 3;

    /// <summary>Null: it does.</summary>
    public async Task<string?> WhyNotAsync(PersistRecord record, CancellationToken cancellationToken)
    {
        var place = await lookup.FindTargetAsync(record.Name, settings.Resolvers, cancellationToken).ConfigureAwait(false);
        var servers = await lookup.FindTextsByServerAsync(place, settings.Resolvers, cancellationToken).ConfigureAwait(false);
        var asked = servers.Where(server => server.Fault is null).ToList();

        // A permanent record that others show is there: one that cannot be reached says nothing against it.
        if (asked.Count == 0) return $"no server of the zone tells what is at {place}: {string.Join("; ", servers.Take(MostTold).Select(server => $"{server.Server} {server.Fault}"))}";

        var lacking = asked.Select(server => (server.Server, Why: PersistRule.WhyNot(server.Values, record, time.GetUtcNow()))).Where(server => server.Why is not null).ToList();
        if (lacking.Count == 0) return null;

        return lacking.Count == asked.Count && lacking.DistinctBy(server => server.Why).Count() == 1
            ? lacking[0].Why
            : string.Join("; ", lacking.Take(MostTold).Select(server => $"at {server.Server} {server.Why}"));
    }
}
