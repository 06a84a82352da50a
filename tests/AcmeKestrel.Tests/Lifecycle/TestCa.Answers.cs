using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What it says.</summary>
internal sealed partial class TestCa
{
    private static HttpResponseMessage Answer(HttpStatusCode status, JsonNode? body, string type = "application/json", int? retryAfter = null)
    {
        var answer = new HttpResponseMessage(status) { Content = body is null ? new ByteArrayContent([]) : new StringContent(body.ToJsonString(), Encoding.UTF8, type) };
        answer.Headers.Add("Replay-Nonce", Guid.NewGuid().ToString("N"));
        if (retryAfter is { } seconds) answer.Headers.TryAddWithoutValidation("Retry-After", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return answer;
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, JsonObject body, int? retryAfter) => Answer(status, body, "application/json", retryAfter);

    private static JsonObject Show(Order order, Authorization authorization, string type, string? id = null)
    {
        id ??= order.Authorizations.First(entry => entry.Value == authorization).Key;
        var shown = new JsonObject
        {
            ["type"] = type,
            ["url"] = $"https://ca.test/challenge/{order.Id}/{id}/{type}",
            ["token"] = authorization.Token,
            ["status"] = authorization.Status is "valid" or "invalid" ? authorization.Status : authorization.Begun is null ? "pending" : "processing",
        };
        if (authorization is { Status: "invalid", Outcome: { } wrong })
        {
            shown["error"] = new JsonObject { ["type"] = "urn:ietf:params:acme:error:unauthorized", ["detail"] = wrong, ["status"] = 403 };
        }

        return shown;
    }

    public static HttpResponseMessage Pem(string pem, string? link = null)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(pem, Encoding.ASCII, "application/pem-certificate-chain") };
        answer.Headers.Add("Replay-Nonce", Guid.NewGuid().ToString("N"));
        if (link is not null) answer.Headers.TryAddWithoutValidation("Link", link);
        return answer;
    }

    /// <summary>Renewal info with this window (RFC 9773 section 4.2).</summary>
    public static HttpResponseMessage Window(DateTimeOffset start, DateTimeOffset end, int? retryAfter = 21_600, string? explanation = null)
    {
        var body = new JsonObject { ["suggestedWindow"] = new JsonObject { ["start"] = start.ToString("O"), ["end"] = end.ToString("O") } };
        if (explanation is not null) body["explanationURL"] = explanation;
        return Answer(HttpStatusCode.OK, body, retryAfter);
    }
}
