using System.Globalization;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

internal sealed class FakeCloudflare : FakeApi
{
    private int _ids;

    public List<(string Id, string Name, string Status)> Zones { get; } = [("z1", "shop.test", "active")];

    public List<(string Id, string Zone, string Name, string Content)> Records { get; } = [];

    protected override int Root => 2;

    protected override bool IsKnown(HttpRequestMessage request) => IsBearer(request, ApiScene.Token);

    protected override HttpResponseMessage Refuse(int status, string code, string message) => Json(status, new JsonObject { ["success"] = false, ["errors"] = new JsonArray(new JsonObject { ["code"] = status == 401 ? 10000 : 7003, ["message"] = message }), ["result"] = null });

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body) => (method.Method, path) switch
    {
        ("GET", ["zones"]) => Good([.. Zones.Where(zone => zone.Name == query["name"]).Select(zone => new JsonObject { ["id"] = zone.Id, ["name"] = zone.Name, ["status"] = zone.Status })]),
        ("GET", ["zones", var zone, "dns_records"]) => Good([.. Records.Where(record => record.Zone == zone && record.Name == query["name"]).Skip((int.Parse(query["page"], CultureInfo.InvariantCulture) - 1) * 100).Take(100).Select(record => new JsonObject { ["id"] = record.Id, ["name"] = record.Name, ["type"] = "TXT", ["content"] = record.Content })]),
        ("POST", ["zones", var zone, "dns_records"]) => Add(zone, (string)body["name"]!, (string)body["content"]!),
        ("DELETE", ["zones", var zone, "dns_records", var id]) => Records.RemoveAll(record => record.Zone == zone && record.Id == id) > 0 ? Good([]) : Refuse(404, "", "Record does not exist."),
        _ => Refuse(404, "", "No route for that URI"),
    };

    private HttpResponseMessage Add(string zone, string name, string content)
    {
        if (!Zones.Exists(one => one.Id == zone)) return Refuse(404, "", "Could not route");
        if (Records.Exists(record => record.Zone == zone && record.Name == name && record.Content == content))
            return Json(400, new JsonObject { ["success"] = false, ["errors"] = new JsonArray(new JsonObject { ["code"] = 81058, ["message"] = "An identical record already exists." }) });
        Records.Add(($"r{++_ids}", zone, name, content));
        return Good([]);
    }

    private static HttpResponseMessage Good(JsonArray result) => Json(200, new JsonObject { ["success"] = true, ["errors"] = new JsonArray(), ["result"] = result });
}
