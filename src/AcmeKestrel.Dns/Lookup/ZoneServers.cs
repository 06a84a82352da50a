using System.Net;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>Finds who is authoritative for a name, through resolvers.</summary>
/// <param name="ask">The resolvers.</param>
/// <param name="resolvers">An authoritative server at the address of one of them is asked at that one's port: so it is in labs, where a server is both.</param>
internal sealed class ZoneServers(Func<string, DnsType, CancellationToken, Task<DnsSaying>> ask, IReadOnlyList<IPEndPoint> resolvers)
{
    public const int Port = 53;
    private const int MostServers = 13;
    private const int MostAddresses = 4;

    /// <exception cref="DnsProviderException">None is found.</exception>
    public async Task<IReadOnlyList<ZoneServer>> FindAsync(string name, CancellationToken cancellationToken)
    {
        // Not from the name itself: that it is not there yet need not be what resolvers keep of it.
        var zone = await FindZoneAsync(WireName.ParentOf(name), cancellationToken).ConfigureAwait(false) ?? throw new DnsProviderException($"No zone is found for {name}: no name above it has a SOA record");
        var saying = await ask(zone, DnsType.NS, cancellationToken).ConfigureAwait(false);
        var names = saying.At<DnsData.Server>(zone).Select(server => server.Host).ToList();
        return names.Count > 0 ? await FindAddressesAsync(names, cancellationToken).ConfigureAwait(false) : throw new DnsProviderException($"The zone {zone} has no NS records");
    }

    /// <summary>Those that an authoritative server says the name is delegated to; none where it answers itself.</summary>
    public static IReadOnlyList<string> ReferralOf(DnsSaying saying, string name)
    {
        if (saying.Fault is not null || saying.IsAuthoritative || saying.Answers.Count > 0) return [];
        return [.. saying.Authorities.OfType<DnsData.Server>().Where(server => server.Name.Length > 0 && WireName.IsIn(name, server.Name)).Select(server => server.Host)];
    }

    public async Task<IReadOnlyList<ZoneServer>> FindAddressesAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        await Task.WhenAll(names.Distinct().Take(MostServers).Select(name => FindAddressesAsync(name, cancellationToken))).ConfigureAwait(false);

    private async Task<ZoneServer> FindAddressesAsync(string server, CancellationToken cancellationToken)
    {
        try
        {
            var sayings = await Task.WhenAll(ask(server, DnsType.A, cancellationToken), ask(server, DnsType.AAAA, cancellationToken)).ConfigureAwait(false);
            var addresses = sayings.SelectMany(saying => saying.At<DnsData.Address>(saying.Follow(server))).Select(address => address.Value).Distinct().Take(MostAddresses);
            return new ZoneServer(server, [.. addresses.Select(EndPointOf).Distinct()], null);
        }
        catch (DnsProviderException unknown)
        {
            return new ZoneServer(server, [], unknown.Message);
        }
    }

    private IPEndPoint EndPointOf(IPAddress address) => resolvers.FirstOrDefault(resolver => resolver.Address.Equals(address)) ?? new IPEndPoint(address, Port);

    /// <summary>A zone's own name has a SOA record, and any other name of the zone is told beside that one (RFC 2308 section 2).</summary>
    private async Task<string?> FindZoneAsync(string name, CancellationToken cancellationToken)
    {
        for (; name.Length > 0; name = WireName.ParentOf(name))
        {
            var saying = await ask(name, DnsType.SOA, cancellationToken).ConfigureAwait(false);
            if (saying.At<DnsData.Zone>(name).Any()) return name;
            var above = saying.Authorities.OfType<DnsData.Zone>().Select(zone => zone.Name).FirstOrDefault(zone => zone.Length > 0 && WireName.IsIn(name, zone));
            if (above is not null) return above;
        }

        return null;
    }
}

/// <param name="Addresses">Empty: none is found, by <paramref name="Fault"/> where there is a reason.</param>
internal sealed record ZoneServer(string Name, IReadOnlyList<IPEndPoint> Addresses, string? Fault);
