using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>The table of faults.</summary>
internal static partial class Faults
{
    private const string Elsewhere = "https://elsewhere.test/x?" + FaultyTransport.Capability;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<Fault> All { get; } =
    [
        Status("500", HttpStatusCode.InternalServerError, AcmeFault.Server),
        new("500 with a problem", _ => Give(Problem(HttpStatusCode.InternalServerError, "serverInternal", "the database is away"))) { Means = _ => AcmeFault.Server, Says = "the database is away" },
        Status("503 with Retry-After", HttpStatusCode.ServiceUnavailable, AcmeFault.Server, _ => "3600") with { RetryAfter = Hour },
        Status("503 with a date to come back", HttpStatusCode.ServiceUnavailable, AcmeFault.Server, now => (now + Hour).ToString("R", CultureInfo.InvariantCulture)) with { RetryAfter = Hour },
        Status("429", HttpStatusCode.TooManyRequests, AcmeFault.RateLimited),
        Status("429 with Retry-After", HttpStatusCode.TooManyRequests, AcmeFault.RateLimited, _ => "3600") with { RetryAfter = Hour },
        new("502 with an HTML body", _ => Give(Html(HttpStatusCode.BadGateway))) { Means = _ => AcmeFault.Server, Says = "answered 502" },
        new("an HTML body", _ => Give(Html(HttpStatusCode.OK))) { Means = kind => kind is AnswerKind.Chain ? null : AcmeFault.Protocol, Says = "answered with" },
        new("an empty body", _ => Give(new HttpResponseMessage(HttpStatusCode.OK)))
        {
            Means = kind => kind is AnswerKind.Chain or AnswerKind.Nothing or AnswerKind.Echo ? null : AcmeFault.Protocol,
            Says = "answered with",
        },
        new("truncated JSON", TruncateAsync)
        {
            Means = kind => kind is AnswerKind.Chain or AnswerKind.Nothing or AnswerKind.Nonce or AnswerKind.Location ? null : AcmeFault.Protocol,
            Says = "answered with a broken",
            IsProcessed = true,
        },
        new("a wrong content type", MislabelAsync) { Means = _ => null, Says = "" },
        new("closed before processing", _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "The connection was refused.")) { Means = _ => AcmeFault.Connection, Says = "The connection was refused." },
        new("closed after processing", async attempt =>
        {
            await attempt.ProcessAsync();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was reset.");
        }) { Means = _ => AcmeFault.Connection, Says = "The connection was reset.", IsProcessed = true },
        new("closed within the answer", BreakOffAsync) { Means = _ => AcmeFault.Connection, Says = "The answer broke off.", IsProcessed = true },
        new("no answer", async attempt =>
        {
            attempt.Time.Advance(TimeSpan.FromSeconds(61));
            await Task.Delay(Timeout.InfiniteTimeSpan, attempt.Cancellation);
            return new HttpResponseMessage();
        }) { Means = _ => AcmeFault.Connection, Says = "gave no answer within 60 s" },
        new("an answer that trickles", attempt => Give(new HttpResponseMessage { Content = new StreamContent(new Trickle(attempt.Time)) })) { Means = _ => AcmeFault.Connection, Says = "gave no answer within 60 s" },
        new("badNonce ten times", attempt => attempt.Number % 11 == 0 ? attempt.ProcessAsync() : RefuseNonceAsync(attempt))
        {
            Means = kind => RefusedNonce(kind, null), Says = "answered 400", Requests = 11, Burst = 10,
        },
        new("badNonce for ever", RefuseNonceAsync) { Means = kind => RefusedNonce(kind, AcmeFault.Server), Says = "rejected 21 fresh nonces", Requests = 21, Burst = 21 },
        Redirect(HttpStatusCode.Found),
        Redirect(HttpStatusCode.TemporaryRedirect),
        new("a body of 100 MB", attempt => Give(new HttpResponseMessage { Content = new StreamContent(attempt.Flood.Open()) })) { Means = _ => AcmeFault.Protocol, Says = "answered with more than" },
        new("an announced body of 100 MB", attempt => Give(Announced(attempt.Flood))) { Means = _ => AcmeFault.Protocol, Says = "answered with more than" },
        new("500 with a body of 100 MB", attempt => Give(new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StreamContent(attempt.Flood.Open()) })) { Means = _ => AcmeFault.Server, Says = "answered 500" },
        new("http URLs", WithoutTlsAsync)
        {
            // A chain's alternates are left out where they are no https URLs; the chain is good.
            Means = kind => kind is AnswerKind.Directory or AnswerKind.Location or AnswerKind.Json ? AcmeFault.Protocol : null,
            Says = "is no https URL",
            IsProcessed = true,
        },
        new("a token ../x", WithTokenAsync) { Means = _ => null, Says = "the CA offers" },
    ];

    public static Fault Named(string name) => All.Single(fault => fault.Name == name);

    private static AcmeFault? RefusedNonce(AnswerKind kind, AcmeFault? ofPosts) => kind switch
    {
        // Not signed, so that no nonce can be wrong with it: a refusal like any other.
        AnswerKind.Directory or AnswerKind.RenewalInfo => AcmeFault.Rejected,
        AnswerKind.Nonce => AcmeFault.Protocol,
        _ => ofPosts,
    };

    private static Fault Status(string name, HttpStatusCode status, AcmeFault fault, Func<DateTimeOffset, string>? retryAfter = null) => new(name, attempt =>
    {
        var answer = new HttpResponseMessage(status);
        if (retryAfter is not null) answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter(attempt.Time.GetUtcNow()));
        return Give(answer);
    })
    { Means = _ => fault, Says = $"answered {(int)status}" };

    private static Fault Redirect(HttpStatusCode status) => new($"{(int)status}", _ =>
    {
        var answer = new HttpResponseMessage(status);
        answer.Headers.TryAddWithoutValidation("Location", Elsewhere);
        return Give(answer);
    })
    { Means = _ => AcmeFault.Protocol, Says = $"answered {(int)status}" };

    private static async Task<HttpResponseMessage> RefuseNonceAsync(Attempt attempt)
    {
        var answer = Problem(HttpStatusCode.BadRequest, "badNonce", "not this one");
        answer.Headers.Add("Replay-Nonce", await attempt.NonceAsync());
        return answer;
    }

    private static async Task<HttpResponseMessage> TruncateAsync(Attempt attempt)
    {
        var answer = await attempt.ProcessAsync();
        var body = await answer.Content.ReadAsByteArrayAsync();
        return With(answer, new ByteArrayContent(body[..(body.Length / 2)]));
    }

    private static async Task<HttpResponseMessage> BreakOffAsync(Attempt attempt)
    {
        var answer = await attempt.ProcessAsync();
        return With(answer, new StreamContent(new BrokenOff()));
    }

    private static async Task<HttpResponseMessage> MislabelAsync(Attempt attempt)
    {
        var answer = await attempt.ProcessAsync();
        answer.Content.Headers.Remove("Content-Type");
        answer.Content.Headers.TryAddWithoutValidation("Content-Type", "text/html; charset=iso-8859-1");
        return answer;
    }

    private static async Task<HttpResponseMessage> WithoutTlsAsync(Attempt attempt) => await RewriteAsync(attempt, text => HttpsUrl().Replace(text, url => $"http://{url.Groups[1].Value}?{FaultyTransport.Capability}"));

    private static async Task<HttpResponseMessage> WithTokenAsync(Attempt attempt) => await RewriteAsync(attempt, text => Token().Replace(text, "\"token\":\"../x\""));

    private static async Task<HttpResponseMessage> RewriteAsync(Attempt attempt, Func<string, string> rewrite)
    {
        var answer = await attempt.ProcessAsync();
        foreach (var name in (string[])["Location", "Link"])
        {
            if (!answer.Headers.NonValidated.TryGetValues(name, out var values)) continue;

            string[] old = [.. values];
            answer.Headers.Remove(name);
            foreach (var value in old) answer.Headers.TryAddWithoutValidation(name, rewrite(value));
        }

        return With(answer, new ByteArrayContent(Encoding.UTF8.GetBytes(rewrite(await answer.Content.ReadAsStringAsync()))));
    }

    private static HttpResponseMessage With(HttpResponseMessage answer, HttpContent content)
    {
        answer.Content = content;
        return answer;
    }

    private static HttpResponseMessage Problem(HttpStatusCode status, string type, string detail) => new(status)
    {
        Content = new StringContent($$"""{"type":"urn:ietf:params:acme:error:{{type}}","detail":"{{detail}}","status":{{(int)status}}}""", Encoding.UTF8, "application/problem+json"),
    };

    private static HttpResponseMessage Html(HttpStatusCode status) => new(status)
    {
        Content = new StringContent("<!DOCTYPE html><html><head><title>Please log in</title></head><body>\u001b[31m</body></html>", Encoding.UTF8, "text/html"),
    };

    private static HttpResponseMessage Announced(Flood flood)
    {
        var answer = new HttpResponseMessage { Content = new StreamContent(flood.Open()) };
        answer.Content.Headers.ContentLength = Flood.Size;
        return answer;
    }

    private static Task<HttpResponseMessage> Give(HttpResponseMessage answer) => Task.FromResult(answer);

    [GeneratedRegex("""https://([^"<>\s]+)""")]
    private static partial Regex HttpsUrl();

    [GeneratedRegex("""
        "token":"[^"]*"
        """)]
    private static partial Regex Token();
}
