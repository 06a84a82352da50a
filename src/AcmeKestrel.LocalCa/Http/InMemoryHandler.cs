using System.Net;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>HTTP without a network.</summary>
internal sealed class InMemoryHandler(LocalCaServer server) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var origin = new Uri(server.DirectoryUrl).GetLeftPart(UriPartial.Authority);
        if (request.RequestUri!.GetLeftPart(UriPartial.Authority) != origin) throw new HttpRequestException(HttpRequestError.ConnectionError, $"Only {origin} answers here.");

        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var type = request.Content?.Headers.NonValidated.TryGetValues("Content-Type", out var types) == true ? types.ToString() : null;
        var reply = await server.HandleAsync(new LocalCaRequest(request.Method.Method, request.RequestUri.PathAndQuery, type, body), cancellationToken).ConfigureAwait(false);

        var response = new HttpResponseMessage((HttpStatusCode)reply.Status) { RequestMessage = request, Content = new ReadOnlyMemoryContent(request.Method == HttpMethod.Head ? default : reply.Body) };
        foreach (var (name, value) in reply.Headers)
        {
            // The platform files some under the content, and a socket would carry them wherever.
            if (!response.Headers.TryAddWithoutValidation(name, value)) response.Content.Headers.TryAddWithoutValidation(name, value);
        }

        if (reply.ContentType is { } contentType) response.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return response;
    }
}
