using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace AcmeKestrel.Dns.Google;

/// <summary>Google Cloud DNS by its REST API; who asks is found by Google.Apis.Auth, as everywhere in Google Cloud.</summary>
internal sealed class GoogleDnsProvider(string project, string? zoneName, string? credentialsFile, int ttl, JsonApi api) : IDnsProvider
{
    private const string Scope = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

    private readonly ZoneMemory _zones = new(api.Time);

    public static GoogleDnsProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = configuration.FindUrl("Endpoint") ?? new Uri("https://dns.googleapis.com/dns/v1");
        return new GoogleDnsProvider(
            $"/projects/{Uri.EscapeDataString(configuration.Read("Project"))}/managedZones",
            configuration.Find("Zone"),
            configuration.Find("CredentialsFile"),
            configuration.Count("Ttl", 60, 1, 86_400),
            new JsonApi("Google Cloud DNS", endpoint, transport, answer => answer.Body.Member("error").Text("message")));
    }

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: true, cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: false, cancellationToken);

    public async Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) =>
        await FindZoneAsync(record.Name, await FindCredentialsAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private async Task ChangeAsync(DnsChallengeRecord record, bool isThere, CancellationToken cancellationToken)
    {
        var credentials = await FindCredentialsAsync(cancellationToken).ConfigureAwait(false);
        var zone = $"{project}/{Uri.EscapeDataString(await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false))}";
        await WholeSet.ChangeAsync(
            record.Name,
            $"\"{record.Value}\"",
            isThere,
            async () => (await api.AskAsync($"read the records at {record.Name}", HttpMethod.Get, $"{zone}/rrsets?name={Uri.EscapeDataString(record.Name)}.&type=TXT", null, credentials, cancellationToken).ConfigureAwait(false))
                .Items("rrsets").FirstOrDefault(set => set.Text("name") == $"{record.Name}." && set.Text("type") == "TXT"),
            set => [.. set.Items("rrdatas").Select(one => WholeSet.TextOf(one, record.Name))],
            (set, values) => TryWriteAsync(record.Name, zone, set, values, credentials, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>One change takes away the old set as it was, and puts the new one there: it is refused where the old one is another by now.</summary>
    private async Task<DnsProviderException?> TryWriteAsync(string name, string zone, JsonElement set, IReadOnlyList<string> values, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var isThere = set.ValueKind == JsonValueKind.Object;
        var added = new JsonObject { ["name"] = $"{name}.", ["type"] = "TXT", ["ttl"] = int.TryParse(set.Text("ttl"), out var there) ? there : ttl, ["rrdatas"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]) };
        var change = new JsonObject
        {
            ["deletions"] = isThere ? new JsonArray(JsonNode.Parse(set.GetRawText())) : [],
            ["additions"] = values.Count > 0 ? new JsonArray(added) : [],
        };
        var answer = await api.SendAsync(HttpMethod.Post, $"{zone}/changes", change, credentials, cancellationToken).ConfigureAwait(false);
        if (answer.IsGood) return null;

        var fault = api.Fault($"write the records at {name}", answer, credentials);
        return answer.Status is 404 or 409 or 412 ? fault : throw fault;
    }

    private async Task<string> FindZoneAsync(string name, ApiCredentials credentials, CancellationToken cancellationToken) =>
        zoneName ?? await _zones.FindAsync(name, zone => AskForZoneAsync(zone, credentials, cancellationToken)).ConfigureAwait(false) ?? throw new DnsProviderException($"Google Cloud DNS has no public zone for {name} in that project");

    private async Task<string?> AskForZoneAsync(string zone, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.AskAsync($"find the zone {zone}", HttpMethod.Get, $"{project}?dnsName={Uri.EscapeDataString(zone)}.", null, credentials, cancellationToken).ConfigureAwait(false);
        var found = answer.Items("managedZones").Where(one => one.Text("dnsName") == $"{zone}." && one.Text("visibility") is null or "public").Select(one => one.Text("name")).OfType<string>().ToList();
        return found.Count > 1 ? throw new DnsProviderException($"Google Cloud DNS has {found.Count} zones for {zone}: {string.Join(", ", found)}; Zone says which one is meant") : found.FirstOrDefault();
    }

    private async Task<ApiCredentials> FindCredentialsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return ApiCredentials.Bearer(await api.Transport.FindCredentialsAsync("Google", FindTokenAsync, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception none) when (none is TokenResponseException or InvalidOperationException or ArgumentException or JsonException or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            throw new DnsProviderException($"Google gives no credentials: {(none is TokenResponseException { Error: { } error } ? $"{error.Error} {error.ErrorDescription}".Trim() : none.Message.ReplaceLineEndings(" "))}", none);
        }
    }

    private async Task<string> FindTokenAsync(CancellationToken cancellationToken)
    {
        var credential = credentialsFile is null ? await GoogleCredential.GetApplicationDefaultAsync(cancellationToken).ConfigureAwait(false) : Read(AcmeSecret.InFile(credentialsFile).Read());
        return await ((ITokenAccess)credential.CreateScoped(Scope).CreateWithHttpClientFactory(new GoogleClients(api.Transport.Handler))).GetAccessTokenForRequestAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Of whatever type the operator's file is: a service account's key, a workload's identity elsewhere.</summary>
    private static GoogleCredential Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return CredentialFactory.FromJson(json, document.RootElement.Text("type") ?? throw new InvalidOperationException("the file says no type of credentials"));
    }
}
