using System.Globalization;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

internal sealed class FakeHetzner : FakeApi
{
    private readonly Dictionary<int, int> _looks = [];

    public List<string> Zones { get; } = ["shop.test"];

    public List<(string Zone, string Name, string Value)> Records { get; } = [];

    /// <summary>What an action ends with.</summary>
    public string End { get; set; } = "success";

    protected override bool IsKnown(HttpRequestMessage request) => IsBearer(request, ApiScene.Token);

    protected override HttpResponseMessage Refuse(int status, string code, string message) => Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body)
    {
        if (path is ["actions", var id]) return Json(200, new JsonObject { ["action"] = Action(int.Parse(id, CultureInfo.InvariantCulture), --_looks[int.Parse(id, CultureInfo.InvariantCulture)] > 0 ? "running" : End) });
        if (path is not ["zones", var zone, ..] || !Zones.Contains(zone)) return Refuse(404, "not_found", "zone not found");
        switch (method.Method, path)
        {
            case ("GET", [_, _]): return Json(200, new JsonObject { ["zone"] = new JsonObject { ["name"] = zone } });
            case ("GET", [_, _, "rrsets", var name, "TXT"]):
                var records = Records.Where(record => record.Zone == zone && record.Name == name).ToList();
                return records.Count == 0 ? Refuse(404, "not_found", "rrset not found") : Json(200, new JsonObject { ["rrset"] = new JsonObject { ["records"] = new JsonArray([.. records.Select(record => new JsonObject { ["value"] = record.Value })]) } });
            case ("POST", [_, _, "rrsets", var name, "TXT", "actions", "add_records"]):
                var added = Values(body).Select(value => (zone, name, value)).ToList();
                if (added.Exists(Records.Contains)) return Refuse(422, "invalid_input", "duplicate records");
                Records.AddRange(added);
                return Begin();
            case ("POST", [_, _, "rrsets", var name, "TXT", "actions", "remove_records"]):
                return Values(body).All(value => Records.Remove((zone, name, value))) ? Begin() : Refuse(422, "invalid_input", "no such record");
            default: return Refuse(405, "", "method");
        }
    }

    private HttpResponseMessage Begin()
    {
        var id = _looks.Count + 1;
        _looks[id] = 2;
        return Json(201, new JsonObject { ["action"] = Action(id, "running") });
    }

    private static JsonObject Action(int id, string status) => new() { ["id"] = id, ["status"] = status, ["error"] = status == "error" ? new JsonObject { ["code"] = "action_failed", ["message"] = "The zone is locked" } : null };

    private static IEnumerable<string> Values(JsonObject body) => body["records"]!.AsArray().Select(record => (string)record!["value"]!);
}
