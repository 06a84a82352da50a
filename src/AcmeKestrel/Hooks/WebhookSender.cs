using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Hooks;

/// <summary>Sends what is told as a signed POST. Nothing of the answer is read but its status; a redirect is no success, for who follows it is told where to.</summary>
internal sealed class WebhookSender : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public WebhookSender(TimeProvider time, HttpMessageHandler handler)
    {
        _time = time;
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public static HttpMessageHandler NewHandler() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),

        // One that moves in DNS is followed though its connection is never idle.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 16,
        Proxy = new ProxyBeyondThisMachine(HttpClient.DefaultProxy),
    };

    public async Task<HookOutcome> SendAsync(HookWebhook webhook, AcmeHookCall call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            if (SecretOf(webhook) is not { } secret) return HookOutcome.Failed($"{webhook.SecretFile} holds no secret of at least {HookWebhook.ShortestSecret} characters");

            using var request = Request(webhook, call, secret);
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode) return HookOutcome.Done;
            return answer.StatusCode is HttpStatusCode.Conflict ? HookOutcome.Refused("it answered 409") : HookOutcome.Failed($"it answered {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return HookOutcome.Failed($"it did not answer within {Limit}");
        }
        catch (HttpRequestException unreached)
        {
            return HookOutcome.Failed(HookLimits.Short($"it could not be reached: {unreached.Message}"));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return HookOutcome.Failed(HookLimits.Short($"its secret cannot be read: {unreadable.Message}"));
        }
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Request(HookWebhook webhook, AcmeHookCall call, string secret)
    {
        var (body, timestamp) = (HookDocument.Write(call), _time.GetUtcNow().ToUnixTimeSeconds());
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("AcmeKestrel");
        request.Headers.Add("Acme-Event", HookEvents.WordOf(call.Event));
        request.Headers.Add("Acme-Delivery", call.Id);
        request.Headers.Add("Acme-Timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Acme-Signature", WebhookSignature.Of(secret, timestamp, body));
        return request;
    }

    /// <summary>Null: there is none that is long enough.</summary>
    private static string? SecretOf(HookWebhook webhook)
    {
        if (webhook.Secret is { } known) return known;

        var secret = SecretFile.Read(webhook.SecretFile!);
        return secret.Length < HookWebhook.ShortestSecret ? null : secret;
    }

    /// <summary>The system's, and none to a loopback address: what http is allowed for must not leave this machine.</summary>
    private sealed class ProxyBeyondThisMachine(IWebProxy system) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => system.Credentials;
            set => system.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : system.GetProxy(destination);

        public bool IsBypassed(Uri host) => SafeUrl.IsLoopback(host) || system.IsBypassed(host);
    }
}
