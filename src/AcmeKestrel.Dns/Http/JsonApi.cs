using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Dns.Http;

/// <summary>One service's API: JSON there, JSON back.</summary>
/// <param name="service">As messages name it.</param>
/// <param name="wordsOf">The service's own words in an answer that is not good.</param>
internal sealed class JsonApi(string service, Uri endpoint, ApiTransport transport, Func<ApiAnswer, string?> wordsOf)
{
    /// <summary>Whoever calls has two minutes for all his requests.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestJitter = TimeSpan.FromSeconds(0.5);

    public string Service => service;

    public ApiTransport Transport => transport;

    public TimeProvider Time => transport.Time;

    /// <summary>What is too much for it now, or more than it can do now, is asked again when it says so: other names' requests come in the same moment.</summary>
    /// <param name="path">Behind the endpoint's, escaped, from a slash on.</param>
    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, JsonObject? body, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        for (var tries = 0; ; tries++)
        {
            var answer = await SendOnceAsync(method, path, body, credentials, cancellationToken).ConfigureAwait(false);
            if (answer.PauseAfter(tries) is not { } pause || (waited += pause) > LongestWait) return answer;

            // Not with all the others.
            await Task.Delay(pause + (LongestJitter * Random.Shared.NextDouble()), Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ApiAnswer> SendOnceAsync(HttpMethod method, string path, JsonObject? body, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/') + path));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("AcmeKestrel", null));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        foreach (var (name, value) in credentials.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Write(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        var (head, answer) = await transport.SendAsync(service, request, cancellationToken).ConfigureAwait(false);
        using (head) return ApiAnswer.Of(head, answer, transport.Time.GetUtcNow());
    }

    /// <summary>As <see cref="SendAsync"/>, where nothing but a good answer is of use.</summary>
    /// <param name="doing">What was to be done, such as "find the zone x".</param>
    /// <exception cref="DnsProviderException">It is none.</exception>
    public async Task<JsonElement> AskAsync(string doing, HttpMethod method, string path, JsonObject? body, ApiCredentials credentials, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(method, path, body, credentials, cancellationToken).ConfigureAwait(false);
        return answer.IsGood ? answer.Body : throw Fault(doing, answer, credentials);
    }

    public DnsProviderException Fault(string doing, ApiAnswer answer, ApiCredentials credentials) => new(credentials.Hide($"{service} could not {doing}: {answer.Explain(wordsOf(answer))}"));

    private static byte[] Write(JsonObject body)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) body.WriteTo(writer);
        return stream.ToArray();
    }
}
