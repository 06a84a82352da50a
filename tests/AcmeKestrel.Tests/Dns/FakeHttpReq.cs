using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

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
