using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace AcmeKestrel.Dns.Azure;

/// <summary>Azure DNS by its REST API; who asks is found by Azure.Identity, as everywhere in Azure.</summary>
internal sealed class AzureDnsProvider(string resourceGroup, int ttl, string scope, TokenCredential credential, JsonApi api) : IDnsProvider
{
    private const string Version = "api-version=2018-05-01";
    private const int LongestReason = 400;

    private readonly ZoneMemory _zones = new(api.Time);

    public static AzureDnsProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = configuration.FindUrl("Endpoint") ?? new Uri("https://management.azure.com");
        var (subscription, group) = (configuration.Read("SubscriptionId"), configuration.Read("ResourceGroup"));
        var credential = new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = configuration.Find("ClientId"), Transport = new HttpClientTransport(transport.Handler) });
        return new AzureDnsProvider(
            $"/subscriptions/{Uri.EscapeDataString(subscription)}/resourceGroups/{Uri.EscapeDataString(group)}/providers/Microsoft.Network/dnsZones",
            configuration.Count("Ttl", 60, 1, 86_400),
            $"{endpoint.GetLeftPart(UriPartial.Authority)}/.default",
            credential,
            new JsonApi("Azure DNS", endpoint, transport, answer => answer.Body.Member("error") is { ValueKind: JsonValueKind.Object } error ? $"{error.Text("message")} ({error.Text("code")})" : answer.Body.Text("message")));
    }

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: true, cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: false, cancellationToken);

    public async Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) =>
        await FindZoneAsync(record.Name, await FindCredentialsAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private async Task ChangeAsync(DnsChallengeRecord record, bool isThere, CancellationToken cancellationToken)
    {
        var credentials = await FindCredentialsAsync(cancellationToken).ConfigureAwait(false);
        var zone = await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false);
        var path = $"{resourceGroup}/{Uri.EscapeDataString(zone)}/TXT/{Uri.EscapeDataString(ZoneNames.Below(record.Name, zone))}?{Version}";
        await WholeSet.ChangeAsync(
            record.Name,
            new JsonArray(record.Value).ToJsonString(),
            isThere,
            () => ReadAsync(record.Name, path, credentials, cancellationToken),
            set => set.Values,
            (set, values) => TryWriteAsync(record.Name, path, set, values, credentials, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<AzureSet> ReadAsync(string name, string path, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.SendAsync(HttpMethod.Get, path, null, credentials, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404) return new AzureSet(null, null, []);
        if (!answer.IsGood) throw api.Fault($"read the records at {name}", answer, credentials);
        var properties = answer.Body.Member("properties");
        return new AzureSet(answer.Body.Text("etag"), properties.Text("TTL"), [.. properties.Items("TXTRecords").Select(one => new JsonArray([.. WholeSet.TextsOf(one.Member("value"), name).Select(part => JsonValue.Create(part))]).ToJsonString())]);
    }

    private async Task<DnsProviderException?> TryWriteAsync(string name, string path, AzureSet set, IReadOnlyList<string> values, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var conditional = credentials with { Headers = [.. credentials.Headers, set.ETag is { } etag ? ("If-Match", etag) : ("If-None-Match", "*")] };
        var ttlThere = int.TryParse(set.Ttl, out var there) ? there : ttl;
        var answer = values.Count == 0
            ? await api.SendAsync(HttpMethod.Delete, path, null, conditional, cancellationToken).ConfigureAwait(false)
            : await api.SendAsync(HttpMethod.Put, path, new JsonObject { ["properties"] = new JsonObject { ["TTL"] = ttlThere, ["TXTRecords"] = new JsonArray([.. values.Select(value => new JsonObject { ["value"] = JsonNode.Parse(value) })]) } }, conditional, cancellationToken).ConfigureAwait(false);
        if (answer.IsGood) return null;

        var fault = api.Fault($"write the records at {name}", answer, credentials);
        return answer.Status == 412 ? fault : throw fault;
    }

    private async Task<string> FindZoneAsync(string name, ApiCredentials credentials, CancellationToken cancellationToken) =>
        await _zones.FindAsync(name, zone => AskForZoneAsync(zone, credentials, cancellationToken)).ConfigureAwait(false) ?? throw new DnsProviderException($"Azure DNS has no zone for {name} in that resource group");

    private async Task<string?> AskForZoneAsync(string zone, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.SendAsync(HttpMethod.Get, $"{resourceGroup}/{Uri.EscapeDataString(zone)}?{Version}", null, credentials, cancellationToken).ConfigureAwait(false);
        if (answer.IsGood) return zone;
        return answer.Status == 404 ? null : throw api.Fault($"find the zone {zone}", answer, credentials);
    }

    private async Task<ApiCredentials> FindCredentialsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return ApiCredentials.Bearer((await api.Transport.FindCredentialsAsync("Azure", token => credential.GetTokenAsync(new TokenRequestContext([scope]), token).AsTask(), cancellationToken).ConfigureAwait(false)).Token);
        }
        catch (AuthenticationFailedException none)
        {
            var reason = none.Message.ReplaceLineEndings(" ");
            throw new DnsProviderException($"Azure gives no credentials: {(reason.Length > LongestReason ? reason[..LongestReason] : reason)}", none);
        }
    }

    /// <param name="ETag">Null: there is none.</param>
    private sealed record AzureSet(string? ETag, string? Ttl, IReadOnlyList<string> Values);
}
