using System.Net;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>
/// Asks an http endpoint by Caddy's contract: a GET with the name as the query's <c>domain</c>, 200 for yes and anything else for no. A redirect is anything else, nothing of a body is read, and what says
/// that the endpoint has trouble (5xx, 408, 429) is no answer.
/// </summary>
internal sealed class AskEndpoint(HttpMessageHandler handler) : IDisposable
{
    private const int ShortWords = 300;

    private readonly HttpClient _client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<PermissionReply> AskAsync(Uri ask, AcmeOnDemandVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, With(ask, visit.Name));
            request.Headers.UserAgent.ParseAdd("AcmeKestrel");
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
                ? PermissionReply.Failed($"Acme:OnDemand:Ask answered {(int)answer.StatusCode}")
                : PermissionReply.Of(answer.StatusCode is HttpStatusCode.OK);
        }
        catch (HttpRequestException unreached)
        {
            return PermissionReply.Failed(PlainText.Of($"Acme:OnDemand:Ask could not be reached: {unreached.Message}", ShortWords));
        }
    }

    public void Dispose() => _client.Dispose();

    private static Uri With(Uri ask, string name)
    {
        var query = ask.Query.TrimStart('?');
        return new UriBuilder(ask) { Query = query.Length > 0 ? $"{query}&domain={name}" : $"domain={name}" }.Uri;
    }
}
