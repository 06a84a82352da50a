using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Protocol.Signing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Protocol.Transport;

/// <summary>Sends requests to one CA: signs, keeps nonces, resends for <c>badNonce</c>, and turns every failure into an <see cref="AcmeException"/>.</summary>
internal sealed class AcmeTransport : IDisposable
{
    /// <summary>A CA under test may reject 99 of 100 nonces; five resends would lose one order in eight at half of that.</summary>
    internal const int MaxResends = 20;

    /// <summary>A nonce may well be stale, and the next; a CA that goes on rejecting is not to be hammered.</summary>
    private const int ResendsAtOnce = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private const int ErrorLimit = 256 * 1024;

    /// <summary>When a burst of requests finds the pool empty, answers refill it sooner than a newNonce each would.</summary>
    private const int ConcurrentRefills = 8;

    private readonly HttpMessageInvoker _http;
    private readonly NoncePool _nonces;
    private readonly SemaphoreSlim _refills = new(ConcurrentRefills);
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly string _userAgent;
    private readonly ILogger _logger;
    private readonly string? _trustHint;
    private readonly RequestTelemetry _telemetry;

    public AcmeTransport(AcmeClientOptions options)
    {
        _userAgent = ProductToken.UserAgent(options.UserAgent);
        _time = options.TimeProvider ?? TimeProvider.System;
        _timeout = options.RequestTimeout;
        _logger = options.Logger ?? NullLogger.Instance;
        _trustHint = options.TrustHint;
        _telemetry = new(options.Metrics, options.CaName, _time);
        _nonces = new(_time);
        _http = new(options.Handler is { } own ? CaHandler.Check(own, nameof(options)) : CaHandler.Create(options), disposeHandler: true);
    }

    /// <summary>An unsigned GET, for the directory (RFC 8555 section 6.3).</summary>
    public Task<AcmeResponse> GetAsync(string url, string operation, CancellationToken cancellationToken) => WithinDeadlineAsync(url, async token =>
    {
        var response = await SendAsync(new(HttpMethod.Get, AcmeUrl.ToUri(url)), url, operation, AcmePost.JsonLimit, token, cancellationToken).ConfigureAwait(false);
        return response.IsSuccess ? response : throw ProblemFaults.From(response, ProblemReader.Read(response.Body), isNewAccount: false);
    }, cancellationToken);

    /// <summary>An unsigned GET of something that is no ACME and proves itself, so that http will do. Returns the body of a 200.</summary>
    public async Task<ReadOnlyMemory<byte>> GetAsync(Uri url, string operation, int limit, CancellationToken cancellationToken)
    {
        var response = await WithinDeadlineAsync(url.AbsoluteUri, token => SendAsync(new(HttpMethod.Get, url), url.AbsoluteUri, operation, limit, token, cancellationToken), cancellationToken).ConfigureAwait(false);
        return response.Status == 200 ? response.Body : throw new AcmeException(AcmeFault.Rejected, $"{AcmeUrl.Show(url.AbsoluteUri)} answered {response.Status}.", statusCode: response.Status, retryAfter: response.RetryAfter);
    }

    /// <summary>A signed POST. Returns a 2xx answer; everything else is thrown.</summary>
    public Task<AcmeResponse> PostAsync(AcmePost post, string newNonceUrl, CancellationToken cancellationToken) => WithinDeadlineAsync(post.Url, async token =>
    {
        Nonce? nonce = await TakeNonceAsync(newNonceUrl, token, cancellationToken).ConfigureAwait(false);
        for (var resends = 0; ; resends++)
        {
            var response = await SendAsync(Sign(post, nonce.Value), post.Url, post.Operation, post.Limit, token, cancellationToken).ConfigureAwait(false);
            var problem = response.IsSuccess ? null : ProblemReader.Read(response.Body);
            if (problem?.Is("badNonce") is not true)
            {
                _nonces.Add(response.Nonce);
                return response.IsSuccess ? response : throw ProblemFaults.From(response, problem, post.IsNewAccount);
            }

            if (resends == MaxResends)
            {
                var message = $"{AcmeUrl.Show(post.Url)} rejected {resends + 1} fresh nonces.";
                throw new AcmeException(AcmeFault.Server, message, problem, response.Status, response.RetryAfter);
            }

            // The retry must use the nonce the error brought (RFC 8555 section 6.5).
            _logger.NonceRejected(AcmeUrl.Show(post.Url), resends + 1);
            _nonces.Reject(nonce);
            nonce = response.Nonce is { } fresh ? _nonces.Pass(fresh) : null;
            if (PauseBefore(resends) is { } pause) await Task.Delay(pause, _time, token).ConfigureAwait(false);
            nonce ??= await TakeNonceAsync(newNonceUrl, token, cancellationToken).ConfigureAwait(false);
        }
    }, cancellationToken);

    public void Dispose()
    {
        _http.Dispose();
        _refills.Dispose();
    }

    private static TimeSpan? PauseBefore(int resend)
    {
        if (resend < ResendsAtOnce) return null;

        var pause = FirstPause * Math.Pow(2, resend - ResendsAtOnce);
        return pause < LongestPause ? pause : LongestPause;
    }

    private async Task<Nonce> TakeNonceAsync(string newNonceUrl, CancellationToken cancellationToken, CancellationToken asker)
    {
        if (_nonces.TryTake(out var nonce)) return nonce;

        await _refills.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_nonces.TryTake(out nonce)) return nonce;

            var request = new HttpRequestMessage(HttpMethod.Head, AcmeUrl.ToUri(newNonceUrl));
            request.Headers.CacheControl = new() { NoCache = true };
            var response = await SendAsync(request, newNonceUrl, AcmeOperation.NewNonce, AcmePost.JsonLimit, cancellationToken, asker).ConfigureAwait(false);
            if (response.Status is 429 or >= 500) throw ProblemFaults.From(response, ProblemReader.Read(response.Body), isNewAccount: false);
            if (response is { IsSuccess: true, Nonce: { } fresh }) return _nonces.Pass(fresh);

            // Without a status code: a 404 here must not be taken for one of the resource itself.
            throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(newNonceUrl)} answered {response.Status} without a nonce.");
        }
        finally
        {
            _refills.Release();
        }
    }

    private static HttpRequestMessage Sign(AcmePost post, string nonce)
    {
        var signed = JsonWebSignature.Create(post.Key, post.AccountUrl, nonce, post.Url, post.Payload.Span);

        // Bytes have a length, so nothing is chunked, and the media type takes no charset (RFC 8555 section 6.2).
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(signed, AcmeJson.Default.JsonWebSignature));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
        var request = new HttpRequestMessage(HttpMethod.Post, AcmeUrl.ToUri(post.Url)) { Content = content };
        if (post.Accept is not null) request.Headers.Accept.ParseAdd(post.Accept);
        return request;
    }

    /// <param name="asker">Cancelled when whoever wants the answer gives it up; the other one by the deadline, too.</param>
    private async Task<AcmeResponse> SendAsync(HttpRequestMessage request, string url, string operation, int limit, CancellationToken cancellationToken, CancellationToken asker)
    {
        using var watched = _telemetry.Begin(operation, request.Method.Method);
        try
        {
            var response = await ExchangeAsync(request, url, limit, cancellationToken).ConfigureAwait(false);
            watched.Answered(response);
            return response;
        }
        catch (Exception failed)
        {
            watched.Failed(failed, asker.IsCancellationRequested);
            throw;
        }
    }

    private async Task<AcmeResponse> ExchangeAsync(HttpRequestMessage request, string url, int limit, CancellationToken cancellationToken)
    {
        using (request)
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            request.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
            request.Headers.TryAddWithoutValidation("Accept-Language", "en");

            var sentTo = request.RequestUri;
            using var answer = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var status = (int)answer.StatusCode;

            // A transport of the user's own may do so out of our sight, but .NET's leave this trace.
            if (request.RequestUri != sentTo)
            {
                throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(url)} was answered by another URL: a redirect, which is never followed, because a signed request names its URL (RFC 8555 section 6.4).", statusCode: status);
            }

            _logger.RequestAnswered(request.Method.Method, AcmeUrl.Show(url), status);

            var isError = status >= 400;
            var body = await CappedBody.ReadAsync(answer.Content, isError ? ErrorLimit : limit, cancellationToken).ConfigureAwait(false);
            if (body is null && !isError)
            {
                throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(url)} answered with more than {limit} bytes.", statusCode: status);
            }

            return new AcmeResponse(url, status, body ?? default(ReadOnlyMemory<byte>))
            {
                Nonce = Values(answer, "Replay-Nonce").FirstOrDefault(NoncePool.IsValid),
                Location = Value(answer, "Location"),
                Links = Values(answer, "Link"),
                RetryAfter = RetryAfterHeader.Parse(Value(answer, "Retry-After"), answer.Headers.Date ?? _time.GetUtcNow()),
                Date = answer.Headers.Date,
            };
        }
    }

    /// <summary>The raw fields: parsed headers would normalise URLs and drop what they cannot read.</summary>
    private static IReadOnlyList<string> Values(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) ? [.. values] : [];

    private static string? Value(HttpResponseMessage answer, string name) => Values(answer, name) is [var first, ..] ? first : null;

    private async Task<AcmeResponse> WithinDeadlineAsync(string url, Func<CancellationToken, Task<AcmeResponse>> send, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await send(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException late)
        {
            var reason = deadline.IsCancellationRequested ? $"gave no answer within {_timeout.TotalSeconds:0.###} s" : "could not be reached in time";
            throw new AcmeException(AcmeFault.Connection, $"{AcmeUrl.Show(url)} {reason}.", inner: late);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            var reason = PlainText.Of(broken.GetBaseException().Message, 500);
            var hint = broken.GetBaseException() is AuthenticationException && _trustHint is not null ? $" {_trustHint}" : "";
            throw new AcmeException(Classify(broken), $"{AcmeUrl.Show(url)} could not be asked: {reason}{hint}", inner: broken);
        }
    }

    /// <summary>What is no HTTP is no ACME either; all else is a connection that failed.</summary>
    private static AcmeFault Classify(Exception broken) =>
        broken is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded }
            ? AcmeFault.Protocol
            : AcmeFault.Connection;
}
