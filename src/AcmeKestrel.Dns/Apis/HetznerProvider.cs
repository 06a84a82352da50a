using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Dns.Apis;

/// <summary>Hetzner, by the Cloud API and a token of the project that has the zone.</summary>
internal sealed class HetznerProvider(int ttl, AcmeSecret token, JsonApi api) : IDnsProvider
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly ZoneMemory _zones = new(api.Time);

    public static HetznerProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = ApiKeys.FindEndpoint(configuration, "https://api.hetzner.cloud/v1");
        return new HetznerProvider(ApiKeys.ReadTtl(configuration, 60, 60), configuration.ReadSecret("ApiToken"), new JsonApi("Hetzner", endpoint, transport, answer => WordsOf(answer.Body)));
    }

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: true, cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => ChangeAsync(record, isThere: false, cancellationToken);

    public async Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => await FindZoneAsync(record.Name, ApiCredentials.Bearer(token), cancellationToken).ConfigureAwait(false);

    /// <summary>Its actions add to a set and take from it; that it is as wished already is looked for, since they refuse that.</summary>
    private async Task ChangeAsync(DnsChallengeRecord record, bool isThere, CancellationToken cancellationToken)
    {
        var credentials = ApiCredentials.Bearer(token);
        var zone = await FindZoneAsync(record.Name, credentials, cancellationToken).ConfigureAwait(false);
        var set = $"/zones/{Uri.EscapeDataString(zone)}/rrsets/{Uri.EscapeDataString(ZoneNames.Below(record.Name, zone))}/TXT";
        if (await HasAsync(set, record, credentials, cancellationToken).ConfigureAwait(false) == isThere) return;

        var value = new JsonArray(new JsonObject { ["value"] = $"\"{record.Value}\"" });
        var body = isThere ? new JsonObject { ["ttl"] = ttl, ["records"] = value } : new JsonObject { ["records"] = value };
        var doing = $"{(isThere ? "add" : "remove")} a record at {record.Name}";
        var answer = await api.SendAsync(HttpMethod.Post, $"{set}/actions/{(isThere ? "add" : "remove")}_records", body, credentials, cancellationToken).ConfigureAwait(false);

        // Somebody else may have been faster.
        if (!answer.IsGood && !(answer.Status is 404 or 409 or 422 && await HasAsync(set, record, credentials, cancellationToken).ConfigureAwait(false) == isThere)) throw api.Fault(doing, answer, credentials);
        if (answer.IsGood) await WaitAsync(doing, answer.Body.Member("action"), credentials, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> HasAsync(string set, DnsChallengeRecord record, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.SendAsync(HttpMethod.Get, set, null, credentials, cancellationToken).ConfigureAwait(false);
        if (!answer.IsGood && answer.Status != 404) throw api.Fault($"read the records at {record.Name}", answer, credentials);
        return answer.IsGood && answer.Body.Member("rrset").Items("records").Any(one => one.Text("value")?.Trim('"') == record.Value);
    }

    /// <summary>What it was asked for is done some time later. Who called has a deadline.</summary>
    private async Task WaitAsync(string doing, JsonElement action, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        while (action.Text("status") == "running" && action.Text("id") is { } id)
        {
            await Task.Delay(Again, api.Time, cancellationToken).ConfigureAwait(false);
            action = (await api.AskAsync($"tell whether it could {doing}", HttpMethod.Get, $"/actions/{Uri.EscapeDataString(id)}", null, credentials, cancellationToken).ConfigureAwait(false)).Member("action");
        }

        if (action.Text("status") == "error") throw new DnsProviderException($"Hetzner could not {doing}: {action.Member("error").Text("message") ?? "it gives no reason"}");
    }

    private async Task<string> FindZoneAsync(string name, ApiCredentials credentials, CancellationToken cancellationToken) =>
        await _zones.FindAsync(name, zone => AskForZoneAsync(zone, credentials, cancellationToken)).ConfigureAwait(false) ?? throw new DnsProviderException($"Hetzner has no zone for {name} in the project of this token");

    private async Task<string?> AskForZoneAsync(string zone, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await api.SendAsync(HttpMethod.Get, $"/zones/{Uri.EscapeDataString(zone)}", null, credentials, cancellationToken).ConfigureAwait(false);
        if (answer.IsGood) return zone;
        return answer.Status == 404 ? null : throw api.Fault($"find the zone {zone}", answer, credentials);
    }

    private static string? WordsOf(JsonElement body) => body.Member("error") is { ValueKind: JsonValueKind.Object } error ? $"{error.Text("message")} ({error.Text("code")})" : null;
}
