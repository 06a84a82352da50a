using System.Net;
using System.Text;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>RFC 8555 section 8.3: GET the token's path over plain http; redirects to http and https are followed, certificates not checked.</summary>
internal static class Http01Probe
{
    private const int MaxRedirects = 10;

    /// <summary>A key authorization is 87 bytes with a usual token; much more is no answer.</summary>
    private const int MaxBody = 1024;

    public static async Task<ChallengeFailure?> RunAsync(ChallengeProbe probe, int port, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            ConnectCallback = async (context, token) => await Loopback.ConnectAsync(context.DnsEndPoint.Port, token),
        };
#pragma warning disable CA5359 // Section 8.3 leaves the certificate of a redirect's target unchecked: it proves nothing here.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        using var http = new HttpMessageInvoker(handler);

        var host = probe.IdentifierType == "ip" && probe.Identifier.Contains(':') ? $"[{probe.Identifier}]" : probe.Identifier;
        var url = new Uri($"http://{host}:{port}/.well-known/acme-challenge/{probe.Token}");
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("User-Agent", "AcmeKestrel.LocalCa validation");

            // A CA asks at port 80, so the Host has no port.
            if (redirects == 0) request.Headers.Host = host;

            using var response = await http.SendAsync(request, cancellationToken);
            if (response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
                && response.Headers.Location is { } location)
            {
                if (redirects == MaxRedirects) return new ChallengeFailure("connection", $"more than {MaxRedirects} redirects");

                url = new Uri(url, location);
                if (url.Scheme is not ("http" or "https")) return new ChallengeFailure("connection", $"a redirect to {url.Scheme}");
                continue;
            }

            if (response.StatusCode != HttpStatusCode.OK) return new ChallengeFailure("unauthorized", $"{url} answered {(int)response.StatusCode}");

            var body = await ReadAsync(response.Content, cancellationToken);
            return body == probe.KeyAuthorization ? null : new ChallengeFailure("unauthorized", $"{url} did not answer with the key authorization");
        }
    }

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxBody];
        var length = await stream.ReadAtLeastAsync(buffer, MaxBody, throwOnEndOfStream: false, cancellationToken);

        // Latin-1, so that a byte-order mark is seen as the mistake it is; trailing white space is ignored.
        return Encoding.Latin1.GetString(buffer, 0, length).TrimEnd(' ', '\r', '\n', '\t');
    }
}
