using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

internal sealed class FakeAzureDns : FakeApi, IWholeSets
{
    public List<(string Id, string Zone)> Zones { get; } = [("shop.test", "shop.test")];

    public Dictionary<string, List<string>> Sets { get; } = [];

    public Action? BeforeWrite { get; set; }

    /// <summary>subscriptions/s1/resourceGroups/g1/providers/Microsoft.Network/dnsZones</summary>
    protected override int Root => 7;

    protected override bool IsKnown(HttpRequestMessage request) => IsBearer(request, Identities.AzureToken) && request.RequestUri!.AbsolutePath.StartsWith("/subscriptions/s1/resourceGroups/g1/providers/Microsoft.Network/dnsZones/", StringComparison.Ordinal);

    protected override HttpResponseMessage Refuse(int status, string code, string message) => Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body)
    {
        Assert.Equal("2018-05-01", query["api-version"]);
        if (!Zones.Exists(zone => zone.Zone == path[0])) return Refuse(404, "ResourceNotFound", "The resource was not found.");
        if (path is [_]) return Json(200, new JsonObject { ["name"] = path[0] });

        var name = $"{path[2]} in {path[0]}";
        if (method == HttpMethod.Get) return Sets.TryGetValue(name, out var values) ? Json(200, Set(name, values)) : Refuse(404, "NotFound", "The resource record was not found.");

        (BeforeWrite, var meanwhile) = (null, BeforeWrite);
        meanwhile?.Invoke();
        var there = Sets.GetValueOrDefault(name);
        if (Current.Headers.IfMatch.SingleOrDefault() is { } match ? there is null || match.ToString() != ETag(name, there) : there is not null) return Refuse(412, "PreconditionFailed", "The condition is not met.");
        if (method == HttpMethod.Delete) Sets.Remove(name);
        else Sets[name] = [.. body["properties"]!["TXTRecords"]!.AsArray().Select(record => string.Join('+', record!["value"]!.AsArray().Select(part => (string)part!)))];
        return Json(200, new JsonObject());
    }

    private static JsonObject Set(string name, List<string> values)
    {
        var records = values.Select(value => new JsonObject { ["value"] = new JsonArray([.. value.Split('+').Select(part => JsonValue.Create(part))]) });
        return new JsonObject { ["etag"] = ETag(name, values), ["properties"] = new JsonObject { ["TTL"] = 300, ["TXTRecords"] = new JsonArray([.. records]) } };
    }

    private static string ETag(string name, List<string> values) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name + string.Join(',', values))))[..16]}\"";
}
