using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Dns.Apis;

/// <summary>DigitalOcean, by a token with the scopes domain:read, domain:create, domain:update and domain:delete.</summary>
internal sealed class DigitalOceanProvider(int ttl, AcmeSecret token, JsonApi api) : IDnsProvider
{
    private const int PageSize = 200;
    private const int MostPages = 20;

    private readonly ZoneMemory _zones = new(api.Time);

    public static DigitalOceanProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = ApiKeys.FindEndpoint(configuration, "https://api.digitalocean.com/v2");
        return new DigitalOceanProvider(ApiKeys.ReadTtl(configuration, 60, 30), configuration.ReadSecret("ApiToken"), new JsonApi("DigitalOcean", endpoint, transport, answer => answer.Body.Text("message")));
    }

    public async Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        var credentials = ApiCredentials.Bearer(token);
        var zone = await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false);

        // It takes the same record twice.
        if ((await FindRecordsAsync(zone, record, credentials, cancellationToken).ConfigureAwait(false)).Count > 0) return;
        var body = new JsonObject { ["type"] = "TXT", ["name"] = ZoneNames.Below(record.Name, zone), ["data"] = record.Value, ["ttl"] = ttl };
        await api.AskAsync($"add a record at {record.Name}", HttpMethod.Post, $"/domains/{zone}/records", body, credentials, cancellationToken).ConfigureAwait(false);
    }

    public async Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        var credentials = ApiCredentials.Bearer(token);
        var zone = await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false);
        foreach (var id in await FindRecordsAsync(zone, record, credentials, cancellationToken).ConfigureAwait(false))
        {
            var answer = await api.SendAsync(HttpMethod.Delete, $"/domains/{zone}/records/{Uri.EscapeDataString(id)}", null, credentials, cancellationToken).ConfigureAwait(false);
            if (!answer.IsGood && answer.Status != 404) throw api.Fault($"remove a record at {record.Name}", answer, credentials);
        }
    }

    public async Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => await FindZoneAsync(record.Name, ApiCredentials.Bearer(token), cancellationToken).ConfigureAwait(false);

    private async Task<string> FindZoneAsync(string name, ApiCredentials credentials, CancellationToken cancellationToken) =>
        await _zones.FindAsync(name, zone => AskForZoneAsync(zone, credentials, cancellationToken)).ConfigureAwait(false) ?? throw new DnsProviderException($"DigitalOcean has no zone for {name} that this token may read");

    private async Task<string?> AskForZoneAsync(string zone, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.SendAsync(HttpMethod.Get, $"/domains/{Uri.EscapeDataString(zone)}", null, credentials, cancellationToken).ConfigureAwait(false);
        if (answer.IsGood) return Uri.EscapeDataString(zone);
        return answer.Status == 404 ? null : throw api.Fault($"find the zone {zone}", answer, credentials);
    }

    private async Task<List<string>> FindRecordsAsync(string zone, DnsChallengeRecord record, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        for (var page = 1; page <= MostPages; page++)
        {
            var path = $"/domains/{zone}/records?type=TXT&name={Uri.EscapeDataString(record.Name)}&per_page={PageSize}&page={page}";
            var answer = await api.AskAsync($"list the records at {record.Name}", HttpMethod.Get, path, null, credentials, cancellationToken).ConfigureAwait(false);
            var records = answer.Items("domain_records").ToList();
            ids.AddRange(records.Where(one => one.Text("type") == "TXT" && one.Text("name") == ZoneNames.Below(record.Name, zone) && one.Text("data") == record.Value).Select(one => one.Text("id")).OfType<string>());
            if (records.Count < PageSize) break;
        }

        return ids;
    }
}
