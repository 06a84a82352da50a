using System.Net;
using System.Net.Security;
using System.Text;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>http-01 (RFC 8555 section 8.3), with Let's Encrypt's habits: ten redirects, http and https, no certificate check, a small body.</summary>
internal sealed class HttpProbe(Func<ProbePorts> ports)
{
    private const int MostRedirects = 10;

    private const int LargestBody = 512;

    public async Task<ChallengeProblem?> ProbeAsync(ChallengeProbe probe, CancellationToken cancellationToken)
    {
        var target = ports();
        using var client = new HttpMessageInvoker(NewHandler(target));
        var host = probe.IdentifierType == Identifier.Ip && probe.Identifier.Contains(':', StringComparison.Ordinal) ? $"[{probe.Identifier}]" : probe.Identifier;
        var url = new Uri($"http://{host}/.well-known/acme-challenge/{probe.Token}");

        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("User-Agent", "AcmeKestrel.LocalCa");
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);

            if (response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            {
                if (response.Headers.Location is not { } location) return new ChallengeProblem("connection", $"{url} redirects nowhere.");
                url = new Uri(url, location);
                if (!MayFollow(url, target)) return new ChallengeProblem("connection", $"A redirect leads to {url}, where this CA does not go.");
                continue;
            }

            if (response.StatusCode != HttpStatusCode.OK) return new ChallengeProblem("unauthorized", $"{url} answered {(int)response.StatusCode}.");
            return Compare(await BodyAsync(response, cancellationToken).ConfigureAwait(false), url, probe);
        }

        return new ChallengeProblem("connection", $"More than {MostRedirects} redirects.");
    }

    private static ChallengeProblem? Compare(byte[]? body, Uri url, ChallengeProbe probe)
    {
        if (body is null) return new ChallengeProblem("unauthorized", $"{url} answered with more than {LargestBody} bytes.");
        // Trailing white space is ignored, nothing else (section 8.3).
        return Encoding.Latin1.GetString(body).TrimEnd(' ', '\t', '\r', '\n') == probe.KeyAuthorization
            ? null
            : new ChallengeProblem("unauthorized", $"{url} did not answer with the key authorization.");
    }

    private static async Task<byte[]?> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[LargestBody + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length > LargestBody ? null : buffer[..length];
    }

    /// <summary>To the two ports under test only: a redirect must not make this CA knock on other doors of the machine.</summary>
    private static bool MayFollow(Uri url, ProbePorts ports) =>
        url.Scheme is "http" or "https" && IdentifierPolicy.IsLocal(url.Host) && (url.IsDefaultPort || url.Port == ports.Http || url.Port == ports.Tls);

    private static SocketsHttpHandler NewHandler(ProbePorts ports) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
        ConnectCallback = async (context, cancellation) =>
        {
            var port = context.DnsEndPoint.Port switch { 80 => ports.Http, 443 => ports.Tls, var other => other };
            return await Loopback.ConnectAsync(context.DnsEndPoint.Host, port, cancellation).ConfigureAwait(false);
        },
    };
}
