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
        var said = await AskAsync(servers).ConfigureAwait(false);

        // The name is a zone of its own, or in one below: whoever is said to have it is asked once, however many say so.
        var own = said.Where(one => one.Below.Count == 0).ToList();
        var below = said.SelectMany(one => one.Below).Distinct().Except(own.Select(one => one.Server.Name)).ToList();
        if (below.Count > 0) own.AddRange(await AskAsync(await zone.FindAddressesAsync(below, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false));
        return [.. own.SelectMany(one => one.Heard())];

        Task<Said[]> AskAsync(IEnumerable<ZoneServer> all) =>
            Task.WhenAll(all.Select(async server => new Said(server, name, await Task.WhenAll(server.Addresses.Select(AskOneAsync)).ConfigureAwait(false))));

        async Task<(IPEndPoint Address, DnsSaying Saying)> AskOneAsync(IPEndPoint address)
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

    /// <summary>What a server has at the name, through all its addresses.</summary>
    private sealed record Said(ZoneServer Server, string Name, IReadOnlyList<(IPEndPoint Address, DnsSaying Saying)> Sayings)
    {
        /// <summary>Whom it refers to; nobody where it answers itself.</summary>
        public IReadOnlyList<string> Below { get; } = Sayings.Select(said => ZoneServers.ReferralOf(said.Saying, Name)).FirstOrDefault(names => names.Count > 0) ?? [];

        /// <summary>An address that this host cannot reach counts only where no other one of the server answers.</summary>
        public IEnumerable<Heard> Heard()
        {
            if (Sayings.Count == 0) return [new Heard(Server.Name, null, Server.Fault ?? "has no address")];

            var answered = Sayings.Where(said => said.Saying.Fault is null).ToArray();
            return (answered.Length > 0 ? answered : Sayings).Select(said => new Heard($"{Server.Name} ({Shown(said.Address)})", said.Saying, null));
        }
    }
}

/// <param name="Saying">Null: it was not asked, by <paramref name="Fault"/>.</param>
internal sealed record Heard(string Server, DnsSaying? Saying, string? Fault)
{
    public bool IsAuthoritative => Saying is { Fault: null, IsAuthoritative: true };
}
