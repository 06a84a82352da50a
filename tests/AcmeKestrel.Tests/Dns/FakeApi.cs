using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

/// <summary>A service's API as it behaves: what a test has it say instead comes first.</summary>
internal abstract class FakeApi : HttpMessageHandler
{
    public List<(HttpMethod Method, string Path, string Body)> Requests { get; } = [];

    /// <summary>All requests are answered with this status, until it is null.</summary>
    public int? Status { get; set; }

    /// <summary>The same for those that would change something.</summary>
    public int? StatusOfChanges { get; set; }

    /// <summary>What the next requests are refused with, one after the other.</summary>
    public Queue<int> NotNow { get; } = [];

    public int? RetryAfterSeconds { get; set; }

    public string? Page { get; set; }

    /// <summary>What becomes of the text of an answer on its way.</summary>
    public Func<string, string>? Mangle { get; set; }

    public bool IsSilent { get; set; }

    protected HttpRequestMessage Current { get; private set; } = null!;

    public int Changes => Requests.Count(request => request.Method != HttpMethod.Get);

    /// <summary>Parts of the path that every request begins with.</summary>
    protected virtual int Root => 1;

    protected abstract bool IsKnown(HttpRequestMessage request);

    protected abstract HttpResponseMessage Answer(HttpMethod method, string[] path, IReadOnlyDictionary<string, string> query, JsonObject body);

    protected abstract HttpResponseMessage Refuse(int status, string code, string message);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Current = request;
        if (IsSilent) await Task.Delay(Timeout.Infinite, cancellationToken);
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.Method, request.RequestUri!.PathAndQuery, body));
        Assert.NotEmpty(request.Headers.UserAgent);
        if (request.Content is not null) Assert.Equal("application/json", request.Content.Headers.ContentType!.ToString());
        if (Page is { } page) return new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent(page) };
        if ((NotNow.TryDequeue(out var notNow) ? notNow : Status ?? (request.Method == HttpMethod.Get ? null : StatusOfChanges)) is { } status)
        {
            var refused = Refuse(status, "some_code", $"some words of {request.Headers.Authorization?.Parameter}");
            if (RetryAfterSeconds is { } seconds) refused.Headers.TryAddWithoutValidation("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
            return refused;
        }

        if (!IsKnown(request)) return Refuse(401, "unauthorized", "Unable to authenticate you");
        var query = request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        var answer = Answer(request.Method, [.. request.RequestUri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(Root).Select(Uri.UnescapeDataString)], query, body.Length > 0 ? JsonNode.Parse(body)!.AsObject() : []);
        if (Mangle is { } mangle) answer.Content = new StringContent(mangle(await answer.Content.ReadAsStringAsync(cancellationToken)), Encoding.UTF8, "application/json");
        return answer;
    }

    protected static HttpResponseMessage Json(int status, JsonNode body) => new((HttpStatusCode)status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    protected static bool IsBearer(HttpRequestMessage request, string token) => request.Headers.Authorization is { Scheme: "Bearer", Parameter: var shown } && shown == token;
}
