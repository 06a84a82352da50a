using System.Net;
using AcmeKestrel.LocalCa.Issuing;

namespace AcmeKestrel.LocalCa;

/// <summary>The CA without sockets, for tests: plug <see cref="CreateHandler"/> into an HTTP client. Validations run before a challenge is answered.</summary>
public sealed class InMemoryLocalCa
{
    private readonly LocalCaServer _server;

    /// <summary>A CA with new keys.</summary>
    public InMemoryLocalCa(LocalCaPolicy policy, IChallengeValidator validator, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var root = CertificateAuthority.CreateRoot(time.GetUtcNow());
        _server = new LocalCaServer(policy, new CertificateAuthority(root, CertificateAuthority.CreateIntermediate(root, time.GetUtcNow()), time), validator, time);
    }

    /// <summary>What a client is configured with.</summary>
    public string DirectoryUrl { get; } = "https://ca.test/directory";

    /// <summary>The root of the certificates it issues.</summary>
    public string RootPem => _server.RootPem;

    /// <summary>How many certificates it has issued.</summary>
    public int CertificateCount => _server.Certificates.Count;

    /// <summary>How many orders it knows.</summary>
    public int OrderCount => _server.Orders.Count;

    /// <summary>A transport whose every request goes to this CA.</summary>
    public HttpMessageHandler CreateHandler() => new Handler(_server);

    private sealed class Handler(LocalCaServer server) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
            var validations = new List<Task>();
            var answer = server.Handle(
                new CaRequest(request.Method.Method, request.RequestUri!.OriginalString, request.Content?.Headers.ContentType?.ToString(), body),
                validations.Add,
                CancellationToken.None);
            await Task.WhenAll(validations);
            return ToMessage(answer, request);
        }

        private static HttpResponseMessage ToMessage(CaResponse answer, HttpRequestMessage request)
        {
            var message = new HttpResponseMessage((HttpStatusCode)answer.Status) { RequestMessage = request, Content = new ByteArrayContent(answer.Body ?? []) };
            if (answer.ContentType is { } type) message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            foreach (var (name, value) in answer.Headers) message.Headers.TryAddWithoutValidation(name, value);
            return message;
        }
    }
}
