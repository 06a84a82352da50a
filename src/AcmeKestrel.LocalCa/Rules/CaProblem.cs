using System.Text.Json.Nodes;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A refusal (RFC 8555 section 6.7).</summary>
internal sealed class CaProblem(int status, string type, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public IReadOnlyList<(Identifier Identifier, string Type, string Detail)> Subproblems { get; init; } = [];

    public IReadOnlyList<string> Algorithms { get; init; } = [];

    public static CaProblem Malformed(string detail) => new(400, "malformed", detail);

    public static CaProblem Unauthorized(string detail) => new(403, "unauthorized", detail);

    public JsonObject ToJson()
    {
        var json = Document(Type, Message);
        json["status"] = Status;
        if (Algorithms.Count > 0) json["algorithms"] = new JsonArray([.. Algorithms.Select(algorithm => (JsonNode)algorithm)]);
        if (Subproblems.Count > 0)
        {
            json["subproblems"] = new JsonArray([.. Subproblems.Select(sub =>
            {
                var part = Document(sub.Type, sub.Detail);
                part["identifier"] = sub.Identifier.ToJson();
                return (JsonNode)part;
            })]);
        }

        return json;
    }

    public static JsonObject Document(string type, string detail) => new() { ["type"] = "urn:ietf:params:acme:error:" + type, ["detail"] = detail };
}
