using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

internal sealed class FakeDigitalOcean : FakeApi
{
    private int _ids = 3000;

    public List<string> Zones { get; } = ["shop.test"];

    public List<(int Id, string Zone, string Name, string Data)> Records { get; } = [];

    protected override bool IsKnown(HttpRequestMessage request) => IsBearer(request, ApiScene.Token);

    protected override HttpResponseMessage Refuse(int status, string code, string message) => Json(status, new JsonObject { ["id"] = code, ["message"] = message });

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body)
    {
        if (path is not ["domains", var zone, ..] || !Zones.Contains(zone)) return Refuse(404, "not_found", "The resource you were accessing could not be found.");
        switch (method.Method, path)
        {
            case ("GET", [_, _]): return Json(200, new JsonObject { ["domain"] = new JsonObject { ["name"] = zone } });
            case ("GET", [_, _, "records"]):
                var found = Records.Where(record => record.Zone == zone && (record.Name == "@" ? zone : $"{record.Name}.{zone}") == query["name"]).Skip((int.Parse(query["page"], CultureInfo.InvariantCulture) - 1) * 200).Take(200);
                return Json(200, new JsonObject { ["domain_records"] = new JsonArray([.. found.Select(record => new JsonObject { ["id"] = record.Id, ["type"] = "TXT", ["name"] = record.Name, ["data"] = record.Data })]) });
            case ("POST", [_, _, "records"]):
                Records.Add((++_ids, zone, (string)body["name"]!, (string)body["data"]!));
                return Json(201, new JsonObject { ["domain_record"] = new JsonObject { ["id"] = _ids } });
            case ("DELETE", [_, _, "records", var id]):
                return Records.RemoveAll(record => record.Id.ToString(CultureInfo.InvariantCulture) == id) > 0 ? new HttpResponseMessage(HttpStatusCode.NoContent) : Refuse(404, "not_found", "not found");
            default: return Refuse(405, "", "method");
        }
    }
}
