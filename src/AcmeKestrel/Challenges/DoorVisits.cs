using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>
/// Asks for an answer as a CA does (RFC 8555 section 8.3): at each address of the name by itself, and along redirects within Boulder's rules (names only, ports 80 and 443, ten at most; whatever certificate an https address shows is good).
/// </summary>
/// <param name="handlerOf">What asks, with a connection of its own: to this address where the name is asked for, elsewhere as it is found.</param>
internal sealed class DoorVisits(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<string, IPAddress, HttpMessageHandler> handlerOf, TimeProvider time)
{
    private const int MostAddresses = 8;
    private const int MostRedirects = 10;

    /// <summary>A key authorization has 87 characters; whatever is longer is another answer.</summary>
    private const int MaxAnswer = 256;

    /// <summary>Enough to see whose page it is.</summary>
    private const int ShownText = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<AcmeHttpTestVisit>> VisitAsync(ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var name = answer.Identifier;
        IPAddress[] addresses;
        try
        {
            addresses = name.Type is AcmeIdentifierType.Ip ? [IPAddress.Parse(name.Value)] : await resolve(name.Value, either.Token).ConfigureAwait(false);
        }
        catch (SocketException unknown)
        {
            return [new AcmeHttpTestVisit(AcmeHttpTestOutcome.NotResolved) { Problem = $"it does not resolve: {unknown.Message}" }];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [new AcmeHttpTestVisit(AcmeHttpTestOutcome.NotResolved) { Problem = $"the resolver does not answer within {Patience.TotalSeconds:0} s" }];
        }

        if (addresses.Length == 0) return [new AcmeHttpTestVisit(AcmeHttpTestOutcome.NotResolved) { Problem = "it has no address" }];
        return await Task.WhenAll(addresses.Distinct().Take(MostAddresses).Select(address => VisitAsync(answer, address, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>The beginning of an answer, as long as a right one may be.</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxAnswer];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.Latin1.GetString(bytes, 0, length).TrimEnd();
    }

    /// <summary>Never the connection of another visit: a pool would hand one visit's to the next, whatever address that is about.</summary>
    public static HttpMessageHandler NewHandler(string name, IPAddress address, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeSpan patience) => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = patience,
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxResponseHeadersLength = 16,
#pragma warning disable CA5359 // As Boulder does: it is the answer that proves, and the certificate that is there may be the one to be replaced.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
        ConnectCallback = async (context, token) =>
        {
            var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
            var addresses = host.Equals(name, StringComparison.OrdinalIgnoreCase) ? [address] : await resolve(host, token).ConfigureAwait(false);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses, port, token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    private async Task<AcmeHttpTestVisit> VisitAsync(ChallengeAnswer answer, IPAddress address, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var name = answer.Identifier.Value;
        using var http = new HttpMessageInvoker(handlerOf(name, address));
        var asked = new List<Uri> { new($"http://{(name.Contains(':', StringComparison.Ordinal) ? $"[{name}]" : name)}/.well-known/acme-challenge/{answer.Token}") };
        try
        {
            while (true)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, asked[^1]);
                request.Headers.UserAgent.Add(new ProductInfoHeaderValue("AcmeKestrel", null));
                using var response = await http.SendAsync(request, either.Token).ConfigureAwait(false);
                var status = (int)response.StatusCode;
                if (status is 301 or 302 or 303 or 307 or 308)
                {
                    if (FaultOf(response, asked, out var next) is { } fault) return End(AcmeHttpTestOutcome.BadRedirect, fault, status);

                    asked.Add(next);
                    continue;
                }

                var text = await ReadAsync(response, either.Token).ConfigureAwait(false);
                if (status != 200) return End(AcmeHttpTestOutcome.OtherAnswer, $"it answers {status}", status, text);
                return text == answer.KeyAuthorization ? End(AcmeHttpTestOutcome.Right, null, status) : End(AcmeHttpTestOutcome.OtherAnswer, "it answers something else than this process", status, text);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return End(AcmeHttpTestOutcome.TimedOut, $"nobody answers within {Patience.TotalSeconds:0} s");
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or IOException or SocketException)
        {
            var isUnseen = unreachable.InnerException is SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported };
            return End(isUnseen ? AcmeHttpTestOutcome.Unseen : AcmeHttpTestOutcome.Unreachable, PlainText.Of((unreachable.InnerException ?? unreachable).Message, 300));
        }

        AcmeHttpTestVisit End(AcmeHttpTestOutcome outcome, string? problem, int? status = null, string? text = null) => new(outcome)
        {
            Address = address.ToString(),
            Url = PlainText.Of(asked[^1].OriginalString, 300),
            Redirects = asked.Count - 1,
            Status = status,
            Text = text is null or "" ? null : PlainText.Of(text, ShownText),
            Problem = problem,
        };
    }

    /// <summary>Null: a CA would follow it.</summary>
    private static string? FaultOf(HttpResponseMessage response, List<Uri> asked, out Uri next)
    {
        next = asked[^1];
        if (response.Headers.Location is not { } location) return $"it answers {(int)response.StatusCode} and does not say where to";
        if (asked.Count > MostRedirects) return $"it leads on after {MostRedirects} redirects";
        if (!Uri.TryCreate(next, location, out var target)) return "it redirects to what is no URL";

        next = target;
        return target switch
        {
            { Scheme: not ("http" or "https") } => $"it redirects to {PlainText.Of(target.Scheme, 20)}, and a CA follows to http and https",
            { UserInfo.Length: > 0 } => "it redirects to a URL with a user in it",
            { HostNameType: not UriHostNameType.Dns } => $"it redirects to {PlainText.Of(target.Host, 80)}, and a CA follows to names alone",
            { Port: not (80 or 443) } => $"it redirects to port {target.Port}, and a CA follows to 80 and 443 alone",
            _ when asked.Contains(target) => $"it redirects in a circle, to {PlainText.Of(target.OriginalString, 300)}",
            _ => null,
        };
    }
}
