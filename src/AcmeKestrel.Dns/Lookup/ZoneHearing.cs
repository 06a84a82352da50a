using System.Net;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>Asks the authoritative servers of a name's zone, each on its own.</summary>
internal sealed class ZoneHearing(DnsAsking asking, ZoneServers zone)
{
    /// <summary>Of a zone's servers at once: mostly all of them. One with fifty addresses where nobody answers holds no more of what all names share.</summary>
    private const int AtOnce = 8;

    /// <exception cref="DnsProviderException">They are not found.</exception>
    public Task<IReadOnlyList<ZoneServer>> FindServersAsync(string name, CancellationToken cancellationToken) => zone.FindAsync(name, cancellationToken);

    public async Task<IReadOnlyList<Heard>> HearAsync(IReadOnlyList<ZoneServer> servers, string name, DnsType type, CancellationToken cancellationToken)
    {
        using var turns = new SemaphoreSlim(AtOnce);
        return [.. (await Task.WhenAll(servers.Select(server => HearAsync(server, name, type, turns, cancellationToken))).ConfigureAwait(false)).SelectMany(heard => heard)];
    }

    /// <summary>What a server has at the name, through all its addresses. One that this host cannot reach counts only where no other address of the server answers.</summary>
    private async Task<IReadOnlyList<Heard>> HearAsync(ZoneServer server, string name, DnsType type, SemaphoreSlim turns, CancellationToken cancellationToken, bool isReferred = false)
    {
        if (server.Addresses.Count == 0) return [new Heard(server.Name, null, server.Fault ?? "has no address")];

        var sayings = await Task.WhenAll(server.Addresses.Select(AskAsync)).ConfigureAwait(false);
        if (!isReferred && sayings.Select(said => ZoneServers.ReferralOf(said.Saying, name)).FirstOrDefault(names => names.Count > 0) is { } below)
        {
            // The name is a zone of its own, or in one below.
            var servers = await zone.FindAddressesAsync(below, cancellationToken).ConfigureAwait(false);
            return [.. (await Task.WhenAll(servers.Select(one => HearAsync(one, name, type, turns, cancellationToken, isReferred: true))).ConfigureAwait(false)).SelectMany(heard => heard)];
        }

        var answered = sayings.Where(said => said.Saying.Fault is null).ToArray();
        return [.. (answered.Length > 0 ? answered : sayings).Select(said => new Heard($"{server.Name} ({Shown(said.Address)})", said.Saying, null))];

        async Task<(IPEndPoint Address, DnsSaying Saying)> AskAsync(IPEndPoint address)
        {
            await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return (address, await asking.AskAuthorityAsync(address, name, type, cancellationToken).ConfigureAwait(false));
            }
            finally
            {
                turns.Release();
            }
        }
    }

    /// <summary>As messages name a server.</summary>
    public static string Shown(IPEndPoint server) => server.Port == ZoneServers.Port ? server.Address.ToString() : server.ToString();
}

/// <param name="Saying">Null: it was not asked, by <paramref name="Fault"/>.</param>
internal sealed record Heard(string Server, DnsSaying? Saying, string? Fault)
{
    public bool IsAuthoritative => Saying is { Fault: null, IsAuthoritative: true };
}
