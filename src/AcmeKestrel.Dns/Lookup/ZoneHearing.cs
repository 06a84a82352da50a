using System.Net;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>Asks the authoritative servers of a name's zone, all at once, each on its own.</summary>
internal sealed class ZoneHearing(DnsAsking asking, ZoneServers zone)
{
    /// <exception cref="DnsProviderException">They are not found.</exception>
    public Task<IReadOnlyList<ZoneServer>> FindServersAsync(string name, CancellationToken cancellationToken) => zone.FindAsync(name, cancellationToken);

    public async Task<IReadOnlyList<Heard>> HearAsync(IReadOnlyList<ZoneServer> servers, string name, DnsType type, CancellationToken cancellationToken) =>
        [.. (await Task.WhenAll(servers.Select(server => HearAsync(server, name, type, cancellationToken))).ConfigureAwait(false)).SelectMany(heard => heard)];

    /// <summary>What a server has at the name, through all its addresses. One that this host cannot reach counts only where no other address of the server answers.</summary>
    private async Task<IReadOnlyList<Heard>> HearAsync(ZoneServer server, string name, DnsType type, CancellationToken cancellationToken, bool isReferred = false)
    {
        if (server.Addresses.Count == 0) return [new Heard(server.Name, null, server.Fault ?? "has no address")];

        var sayings = await Task.WhenAll(server.Addresses.Select(async address => (Address: address, Saying: await asking.AskAuthorityAsync(address, name, type, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        if (!isReferred && sayings.Select(said => ZoneServers.ReferralOf(said.Saying, name)).FirstOrDefault(names => names.Count > 0) is { } below)
        {
            // The name is a zone of its own, or in one below.
            var servers = await zone.FindAddressesAsync(below, cancellationToken).ConfigureAwait(false);
            return [.. (await Task.WhenAll(servers.Select(one => HearAsync(one, name, type, cancellationToken, isReferred: true))).ConfigureAwait(false)).SelectMany(heard => heard)];
        }

        var answered = sayings.Where(said => said.Saying.Fault is null).ToArray();
        return [.. (answered.Length > 0 ? answered : sayings).Select(said => new Heard($"{server.Name} ({Shown(said.Address)})", said.Saying, null))];
    }

    /// <summary>As messages name a server.</summary>
    public static string Shown(IPEndPoint server) => server.Port == ZoneServers.Port ? server.Address.ToString() : server.ToString();
}

/// <param name="Saying">Null: it was not asked, by <paramref name="Fault"/>.</param>
internal sealed record Heard(string Server, DnsSaying? Saying, string? Fault)
{
    public bool IsAuthoritative => Saying is { Fault: null, IsAuthoritative: true };
}
