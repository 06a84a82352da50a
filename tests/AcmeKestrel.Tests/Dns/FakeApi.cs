using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

/// <summary>A service's API as it behaves: what a test has it say instead comes first.</summary>
internal abstract class FakeApi : HttpMessageHandler
{
    public List<(HttpMethod Method, string Path, string Body)> Requests { get; } = [];

    /// <summary>All requests are answered with this status, until it is null.</summary>
    public int? Status { get; set; }

    public int? RetryAfterSeconds { get; set; }

    public string? Page { get; set; }

    public bool IsSilent { get; set; }

    public int Changes => Requests.Count(request => request.Method != HttpMethod.Get);

    /// <summary>Parts of the path that every request begins with.</summary>
    protected virtual int Root => 1;

    protected abstract bool IsKnown(HttpRequestMessage request);

    protected abstract HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body);

    protected abstract HttpResponseMessage Refuse(int status, string code, string message);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsSilent) await Task.Delay(Timeout.Infinite, cancellationToken);
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.Method, request.RequestUri!.PathAndQuery, body));
        Assert.NotEmpty(request.Headers.UserAgent);
        if (request.Content is not null) Assert.Equal("application/json", request.Content.Headers.ContentType!.ToString());
        if (Page is { } page) return new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent(page) };
        if (Status is { } status)
        {
            var refused = Refuse(status, "some_code", $"some words of {request.Headers.Authorization?.Parameter}");
            if (RetryAfterSeconds is { } seconds) refused.Headers.TryAddWithoutValidation("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
            return refused;
        }

        if (!IsKnown(request)) return Refuse(401, "unauthorized", "Unable to authenticate you");
        var query = request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        return Answer(request.Method, [.. request.RequestUri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(Root).Select(Uri.UnescapeDataString)], query, body.Length > 0 ? JsonNode.Parse(body)!.AsObject() : []);
    }

    protected static HttpResponseMessage Json(int status, JsonNode body) => new((HttpStatusCode)status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    protected static bool IsBearer(HttpRequestMessage request, string token) => request.Headers.Authorization is { Scheme: "Bearer", Parameter: var shown } && shown == token;
}

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

/// <summary>acme-dns keeps the last two values of an account.</summary>
internal sealed class FakeAcmeDns : FakeApi
{
    public List<string> Values { get; } = ["", ""];

    protected override bool IsKnown(HttpRequestMessage request) => request.Headers.GetValues("X-Api-User").Single() == "user-1" && request.Headers.GetValues("X-Api-Key").Single() == ApiScene.Token;

    protected override HttpResponseMessage Refuse(int status, string code, string message) => Json(status, new JsonObject { ["error"] = status == 401 ? "forbidden" : message });

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body)
    {
        if (method != HttpMethod.Post || path is not ["update"]) return Refuse(404, "", "not found");
        if ((string)body["subdomain"]! != "sub-1") return Refuse(400, "", "bad_subdomain");
        var text = (string)body["txt"]!;
        if (text.Length != 43) return Refuse(400, "", "bad_txt");
        Values.RemoveAt(0);
        Values.Add(text);
        return Json(200, new JsonObject { ["txt"] = text });
    }
}

/// <summary>A server of lego's protocol.</summary>
internal sealed class FakeHttpReq : FakeApi
{
    public string? Basic { get; set; }

    public List<string> Said { get; } = [];

    protected override bool IsKnown(HttpRequestMessage request) => request.Headers.Authorization?.ToString() == (Basic is null ? null : $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Basic))}");

    protected override HttpResponseMessage Refuse(int status, string code, string message) => new((HttpStatusCode)status) { Content = new StringContent($"{message} {Basic?.Split(':')[1]}") };

    protected override HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body)
    {
        Assert.Equal(HttpMethod.Post, method);
        Said.Add($"{path[^1]} {JsonSerializer.Serialize(body)}");
        return new HttpResponseMessage(HttpStatusCode.OK);
    }
}
