using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Dns.Apis;

/// <summary>Cloudflare, by an API token that may read zones and edit DNS.</summary>
internal sealed class CloudflareProvider(string? zoneId, int ttl, AcmeSecret token, JsonApi api) : IDnsProvider
{
    private const string ExistsAlready = "81057";
    private const string IdenticalExists = "81058";
    private const int PageSize = 100;
    private const int MostPages = 20;

    private readonly ZoneMemory _zones = new(api.Time);

    public static CloudflareProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = ApiKeys.FindEndpoint(configuration, "https://api.cloudflare.com/client/v4");
        return new CloudflareProvider(configuration.Find("ZoneId"), ApiKeys.ReadTtl(configuration, 60, 60), configuration.ReadSecret("ApiToken"), new JsonApi("Cloudflare", endpoint, transport, WordsOf));
    }

    public async Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        var credentials = ApiCredentials.Bearer(token);
        var zone = await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false);
        var body = new JsonObject { ["type"] = "TXT", ["name"] = record.Name, ["content"] = $"\"{record.Value}\"", ["ttl"] = ttl };
        var answer = await api.SendAsync(HttpMethod.Post, $"/zones/{Uri.EscapeDataString(zone)}/dns_records", body, credentials, cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood && !answer.Body.Items("errors").Any(error => error.Text("code") is ExistsAlready or IdenticalExists)) throw api.Fault($"add a record at {record.Name}", answer, credentials);
    }

    public async Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        var credentials = ApiCredentials.Bearer(token);
        var zone = await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false);
        foreach (var id in await FindRecordsAsync(zone, record, credentials, cancellationToken).ConfigureAwait(false))
        {
            var answer = await api.SendAsync(HttpMethod.Delete, $"/zones/{Uri.EscapeDataString(zone)}/dns_records/{Uri.EscapeDataString(id)}", null, credentials, cancellationToken).ConfigureAwait(false);
            if (!answer.IsGood && answer.Status != 404) throw api.Fault($"remove a record at {record.Name}", answer, credentials);
        }
    }

    public async Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => await FindZoneAsync(record.Name, ApiCredentials.Bearer(token), cancellationToken).ConfigureAwait(false);

    private async Task<string> FindZoneAsync(string name, ApiCredentials credentials, CancellationToken cancellationToken) =>
        zoneId ?? await _zones.FindAsync(name, zone => AskForZoneAsync(zone, credentials, cancellationToken)).ConfigureAwait(false) ?? throw new DnsProviderException($"Cloudflare has no zone for {name} that this token may read");

    private async Task<string?> AskForZoneAsync(string zone, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.AskAsync($"find the zone {zone}", HttpMethod.Get, $"/zones?name={Uri.EscapeDataString(zone)}", null, credentials, cancellationToken).ConfigureAwait(false);
        var found = answer.Items("result").Where(one => one.Text("name") == zone && one.Text("id") is not null).ToList();
        var active = found.Where(one => one.Text("status") == "active").ToList();
        var zones = active.Count > 0 ? active : found;
        return zones.Count > 1 ? throw new DnsProviderException($"Cloudflare has {zones.Count} zones named {zone}: ZoneId says which one is meant") : zones.FirstOrDefault().Text("id");
    }

    private async Task<List<string>> FindRecordsAsync(string zone, DnsChallengeRecord record, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        for (var page = 1; page <= MostPages; page++)
        {
            var path = $"/zones/{Uri.EscapeDataString(zone)}/dns_records?type=TXT&name={Uri.EscapeDataString(record.Name)}&per_page={PageSize}&page={page}";
            var answer = await api.AskAsync($"list the records at {record.Name}", HttpMethod.Get, path, null, credentials, cancellationToken).ConfigureAwait(false);
            var records = answer.Items("result").ToList();

            // The value is written in quotes, and was not in former years.
            ids.AddRange(records.Where(one => one.Text("name") == record.Name && one.Text("content")?.Trim('"') == record.Value).Select(one => one.Text("id")).OfType<string>());
            if (records.Count < PageSize) break;
        }

        return ids;
    }

    private static string? WordsOf(ApiAnswer answer) =>
        string.Join("; ", answer.Body.Items("errors").Take(3).Select(error => $"{error.Text("message")} ({error.Text("code")})"));
}
