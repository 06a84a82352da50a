using System.Text.Json.Nodes;

namespace AcmeKestrel.LocalCa;

/// <summary>An answer of the rules.</summary>
internal sealed record CaResponse(int Status, string? ContentType = null, byte[]? Body = null)
{
    public List<KeyValuePair<string, string>> Headers { get; } = [];

    public static CaResponse Json(int status, JsonObject body, string contentType = "application/json") =>
        new(status, contentType, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()));

    public CaResponse With(string header, string value)
    {
        Headers.Add(new(header, value));
        return this;
    }
}
