using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Updates;

/// <summary>Dynamic updates (RFC 2136), as BIND, Knot, PowerDNS and others take them.</summary>
internal sealed class Rfc2136Provider(Rfc2136Settings settings, SignedServer server) : IDnsProvider
{
    /// <summary>Nobody's value. That a value which is not there is removed changes nothing, and is allowed or refused like any other change of this name.</summary>
    private const string NobodysValue = "acmekestrel-looks-whether-it-may-write-here";

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) =>
        UpdateAsync(record, (id, zone) => DnsRequest.Add(id, zone, record.Name, record.Value, settings.Ttl), cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) =>
        UpdateAsync(record, (id, zone) => DnsRequest.Remove(id, zone, record.Name, record.Value), cancellationToken);

    public Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) =>
        UpdateAsync(record, (id, zone) => DnsRequest.Remove(id, zone, record.Name, NobodysValue), cancellationToken);

    private async Task UpdateAsync(DnsChallengeRecord record, Func<ushort, string, byte[]> make, CancellationToken cancellationToken)
    {
        if (!WireName.IsOne(record.Name)) throw new DnsProviderException($"'{record.Name}' is no name that a record can have");

        var key = settings.ReadKey();
        var zone = settings.Zone ?? await FindZoneAsync(key, record.Name, cancellationToken).ConfigureAwait(false);
        if (!WireName.IsIn(record.Name, zone)) throw new DnsProviderException($"{record.Name} is not in the zone {zone} that this provider writes");
        var answer = await server.AskAsync(key, id => make(id, zone), cancellationToken).ConfigureAwait(false);
        if (answer.ResponseCode != 0) throw new DnsProviderException(Explain(answer.ResponseCode, zone, key));
    }

    /// <summary>Its SOA record answers for the zone's own name, and stands beside "there is nothing" for every other (RFC 2308 section 2).</summary>
    private async Task<string> FindZoneAsync(TsigKey key, string name, CancellationToken cancellationToken)
    {
        var said = "";
        for (var asked = name; asked.Length > 0; asked = WireName.ParentOf(asked))
        {
            var answer = await server.AskAsync(key, id => DnsRequest.Ask(id, asked, DnsType.SOA), cancellationToken).ConfigureAwait(false);
            var zone = answer.Answers.Concat(answer.Authorities).FirstOrDefault(record => record.Type == (ushort)DnsType.SOA && WireName.IsIn(asked, record.Name))?.Name;
            if (answer.IsAuthoritative && zone is { Length: > 0 }) return zone;
            said = answer.ResponseCode == 0 ? "" : $", of {asked} it says {DnsCodes.WordOf(answer.ResponseCode)}";
        }

        throw new DnsProviderException($"The server {settings.Server} has no zone for {name}{said}");
    }

    private string Explain(int code, string zone, TsigKey key) => code switch
    {
        DnsCodes.Refused => $"The server {settings.Server} refuses the update of the zone {zone} (REFUSED): the key {key.Name} may not write there",
        DnsCodes.NotAuthoritative => $"The server {settings.Server} has no zone {zone} that it could update (NOTAUTH)",
        DnsCodes.NotInZone => $"The server {settings.Server} says that the name is not in the zone {zone} (NOTZONE)",
        DnsCodes.NotImplemented => $"The server {settings.Server} does not take updates of the zone {zone} (NOTIMP)",
        DnsCodes.ServerFailure => $"The server {settings.Server} could not carry out the update of the zone {zone} (SERVFAIL): its log tells why, such as a folder that it may not write to",
        _ => $"The server {settings.Server} does not carry out the update of the zone {zone} ({DnsCodes.WordOf(code)})",
    };
}
