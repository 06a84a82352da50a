using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

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
