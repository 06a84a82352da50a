using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

internal sealed class FakeGoogleDns : FakeApi, IWholeSets
{
    public List<(string Id, string Zone)> Zones { get; } = [("zone-1", "shop.test")];

    public Dictionary<string, List<string>> Sets { get; } = [];

    public Action? BeforeWrite { get; set; }

    /// <summary>dns/v1/projects/p1/managedZones</summary>
    protected override int Root => 5;

    protected override bool IsKnown(HttpRequestMessage request) => IsBearer(request, Identities.GoogleToken);

    protected override HttpResponseMessage Refuse(int status, string code, string message) => Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = status, ["message"] = message } });

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body)
    {
        if (path is []) return Json(200, new JsonObject { ["managedZones"] = new JsonArray([.. Zones.Where(zone => $"{zone.Zone}." == query["dnsName"]).Select(zone => new JsonObject { ["name"] = zone.Id, ["dnsName"] = $"{zone.Zone}.", ["visibility"] = "public" })]) });

        var suffix = Zones.Single(zone => zone.Id == path[0]).Zone;
        if (path is [_, "rrsets"]) return Json(200, new JsonObject { ["rrsets"] = Sets.TryGetValue(Name(query["name"], suffix), out var values) ? new JsonArray(Set(query["name"], values)) : [] });

        (BeforeWrite, var meanwhile) = (null, BeforeWrite);
        meanwhile?.Invoke();
        foreach (var gone in body["deletions"]!.AsArray())
        {
            var name = Name((string)gone!["name"]!, suffix);
            if (!Sets.TryGetValue(name, out var there) || !JsonNode.DeepEquals(Set((string)gone["name"]!, there), gone)) return Refuse(412, "conditionNotMet", "Precondition not met");
        }

        foreach (var gone in body["deletions"]!.AsArray()) Sets.Remove(Name((string)gone!["name"]!, suffix));
        foreach (var added in body["additions"]!.AsArray())
        {
            var name = Name((string)added!["name"]!, suffix);
            if (Sets.ContainsKey(name)) return Refuse(409, "alreadyExists", "The resource already exists");
            Sets[name] = [.. added["rrdatas"]!.AsArray().Select(data => ((string)data!).Trim('"').Replace("\" \"", "+", StringComparison.Ordinal))];
        }

        return Json(200, new JsonObject { ["status"] = "pending" });
    }

    private static string Name(string name, string zone) => $"{(name == $"{zone}." ? "@" : name[..^(zone.Length + 2)])} in {zone}";

    private static JsonObject Set(string name, List<string> values) => new() { ["name"] = name, ["type"] = "TXT", ["ttl"] = 300, ["rrdatas"] = new JsonArray([.. values.Select(value => JsonValue.Create($"\"{value.Replace("+", "\" \"", StringComparison.Ordinal)}\""))]) };
}
