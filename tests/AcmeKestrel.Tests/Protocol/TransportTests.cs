using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Transport;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Protocol;

public sealed class TransportTests
{
    private const string OrderUrl = ScriptedCa.Base + "/order/1";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_has_a_deadline_that_the_CA_cannot_stretch()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account(options: options => options with { RequestTimeout = TimeSpan.FromSeconds(30) });
        var asked = Silence(ca, "/order/1");

        var request = account.GetOrderAsync(OrderUrl, Ct);
        await asked;
        ca.Time.Advance(TimeSpan.FromSeconds(31));
        var fault = await Assert.ThrowsAsync<AcmeException>(() => request);

        Assert.Equal(AcmeFault.Connection, fault.Fault);
        Assert.Contains("within 30 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resends_for_badNonce_share_one_deadline()
    {
        using var ca = new ScriptedCa { Rejections = int.MaxValue };
        var account = ca.Account();
        ca.Intercept = (request, _) =>
        {
            if (request.Method == HttpMethod.Post) ca.Time.Advance(TimeSpan.FromSeconds(10));
            return Task.FromResult<HttpResponseMessage?>(null);
        };

        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(OrderUrl, Ct));

        Assert.Equal(AcmeFault.Connection, fault.Fault);
        Assert.InRange(ca.Count("/order/1"), 5, 7);
    }

    [Fact]
    public async Task Cancelling_is_no_fault_of_the_CA()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account();
        var asked = Silence(ca, "/order/1");
        using var cancellation = new CancellationTokenSource();

        var request = account.GetOrderAsync(OrderUrl, cancellation.Token);
        await asked;
        await cancellation.CancelAsync();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => request);

        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Whatever_breaks_on_the_way_is_a_connection_fault_that_says_why()
    {
        Exception[] failures =
        [
            new HttpRequestException("The SSL connection could not be established", new AuthenticationException("PartialChain\r\nforged")),
            new HttpRequestException(HttpRequestError.NameResolutionError, "no such host"), new IOException("reset"), new TaskCanceledException("connect timeout", new TimeoutException()),
        ];
        foreach (var failure in failures)
        {
            using var ca = new ScriptedCa();
            ca.Answers["/order/1"] = _ => throw failure;

            var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().GetOrderAsync(OrderUrl, Ct));

            Assert.Equal((AcmeFault.Connection, true, true, null), (fault.Fault, fault.IsProviderFault, fault.MayHaveBeenProcessed, fault.StatusCode));
            Assert.DoesNotContain(fault.Message, char.IsControl);
            if (failure.InnerException is AuthenticationException) Assert.Contains("PartialChain", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_answer_that_is_no_HTTP_is_a_protocol_fault()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => throw new HttpRequestException(HttpRequestError.InvalidResponse, "SSH-2.0");

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().GetOrderAsync(OrderUrl, Ct));

        Assert.Equal((AcmeFault.Protocol, false), (fault.Fault, fault.IsProviderFault));
    }

    [Fact]
    public void A_transport_that_follows_redirects_is_refused_when_the_client_is_made()
    {
        using var plain = new SocketsHttpHandler();
        using var old = new HttpClientHandler();
        using var wrapped = new Passing(new SocketsHttpHandler());
        foreach (var handler in new HttpMessageHandler[] { plain, old, wrapped })
        {
            Assert.Contains("AllowAutoRedirect", Assert.Throws<ArgumentException>(() => new AcmeClient(new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl, Handler = handler })).Message, StringComparison.Ordinal);
        }

        using var right = new AcmeClient(new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl, Handler = new Passing(new SocketsHttpHandler { AllowAutoRedirect = false }) });
    }

    [Fact]
    public async Task An_answer_that_comes_from_elsewhere_is_no_answer()
    {
        using var ca = new ScriptedCa();
        var (account, token) = (ca.Account(), Ct);
        ca.Answers["/order/1"] = request =>
        {
            request.Message.RequestUri = new Uri("https://elsewhere.test/order/1"); // as a handler does that follows by itself
            var answer = ScriptedCa.Json(Json.Order());
            answer.RequestMessage = request.Message;
            return answer;
        };

        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(OrderUrl, token));

        Assert.Equal(AcmeFault.Protocol, fault.Fault);
        Assert.Contains("redirect", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_application_may_add_to_the_user_agent()
    {
        using var ca = new ScriptedCa();

        await ca.Client(options: options => options with { UserAgent = "edge/2.0 (+mailto:ops@example.test)" }).GetDirectoryAsync(Ct);

        var sent = ca.Requests.Single().Message.Headers.NonValidated["User-Agent"].ToString();
        Assert.Matches(@"^AcmeKestrel/\d+\.\d+\.\d+ edge/2\.0 \(\+mailto:ops@example\.test\) dotnet/\d+\.\d+\.\d+", sent);
        Assert.Throws<ArgumentException>(() => ca.Client(options: options => options with { UserAgent = "edge\r\nHost: evil" }));
    }

    [Fact]
    public async Task No_secret_gets_into_a_message_or_a_log()
    {
        const string MacKey = "c2VjcmV0LW1hYy1rZXktb2YtdGhpcnR5LXR3by1ieXRlcw";
        using var ca = new ScriptedCa { Rejections = 2 };
        using var key = AcmeAccountKey.Create();
        var log = new RecordingLogger();
        var signatures = new List<string>();
        ca.Intercept = async (request, ct) =>
        {
            if (request.Content is not null) signatures.Add(Regex.Match(await request.Content.ReadAsStringAsync(ct), "\"signature\":\"([^\"]+)\"").Groups[1].Value);
            return null;
        };
        var client = ca.Client(options: options => options with { Logger = log });
        var account = client.OpenAccount(key, ScriptedCa.AccountUrl);
        ca.Answers["/order/1"] = _ => ScriptedCa.Problem("unauthorized");
        ca.Answers["/authz/1"] = _ => throw new HttpRequestException("cut off");
        ca.Answers["/chall/1"] = _ => ScriptedCa.Json(Json.Challenge());
        Func<Task>[] failing =
        [
            () => client.RegisterAsync(key, new AcmeRegistration { ExternalAccount = new() { KeyId = "kid-1", MacKey = MacKey } }, Ct),
            () => account.GetOrderAsync(OrderUrl + "?capability=1", Ct),
            () => account.GetAuthorizationAsync(ScriptedCa.Base + "/authz/1", Ct),
        ];

        foreach (var request in failing) log.Lines.Add((await Assert.ThrowsAsync<AcmeException>(request)).ToString());
        await account.AnswerAsync(ScriptedCa.Base + "/chall/1", Ct);

        using var ec = ECDsa.Create();
        ec.ImportFromPem(key.ToPem());
        var d = ec.ExportParameters(includePrivateParameters: true).D!;
        string[] secrets =
        [
            .. signatures, MacKey, Convert.ToBase64String(d), System.Buffers.Text.Base64Url.EncodeToString(d), Convert.ToHexString(d), key.ToPem().Split('\n')[1], key.KeyAuthorization(Json.Token), "capability",
        ];
        var everything = string.Join('\n', log.Lines);
        Assert.NotEmpty(signatures);
        Assert.Contains("rejected a nonce", everything, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, everything, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(MacKey, new AcmeRegistration { ExternalAccount = new() { KeyId = "kid-1", MacKey = MacKey } }.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A record prints all it has, and one log line or debugger away is a log.</summary>
    [Fact]
    public void How_to_reach_a_CA_is_printed_without_keys_and_passwords()
    {
        var proxy = new Uri("http://edge:hunter2@proxy.test:3128");
        var provider = new Provider("ca", ScriptedCa.DirectoryUrl, null, proxy.OriginalString, "kid-1", "c2VjcmV0", null, null, ProviderLimits.None, IsBuiltIn: false, Staging: null);

        var printed = $"{provider} {new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl, Proxy = proxy }}";

        Assert.Contains(ScriptedCa.DirectoryUrl, printed, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void The_handler_follows_nothing_and_shares_nothing_with_the_application()
    {
        using var roots = CaHandler.Create(new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl, TrustedRoots = [], Proxy = new Uri("http://user:p%40ss@proxy.test:3128") });
        using var plain = CaHandler.Create(new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl });

        Assert.False(plain.AllowAutoRedirect);
        Assert.False(plain.UseCookies);
        Assert.Equal(DecompressionMethods.None, plain.AutomaticDecompression);
        Assert.Null(plain.ActivityHeadersPropagator);
        Assert.NotNull(plain.ConnectCallback);
        Assert.InRange(plain.PooledConnectionLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Assert.Null(plain.SslOptions.RemoteCertificateValidationCallback);
        Assert.Equal(HttpClient.DefaultProxy.GetProxy(new Uri(ScriptedCa.DirectoryUrl)), plain.Proxy!.GetProxy(new Uri(ScriptedCa.DirectoryUrl)));
        Assert.True(plain.UseProxy);

        var credentials = roots.Proxy!.Credentials!.GetCredential(new Uri("http://proxy.test:3128"), "Basic")!;
        Assert.Equal(("user", "p@ss"), (credentials.UserName, credentials.Password));
        Assert.Equal(System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, roots.SslOptions.CertificateChainPolicy!.TrustMode);
    }

    /// <summary>The CA takes the request and never answers. Completed when it has it.</summary>
    private static Task Silence(ScriptedCa ca, string path)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ca.Intercept = async (request, ct) =>
        {
            if (request.RequestUri!.PathAndQuery != path) return null;

            asked.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct);
            return null;
        };
        return asked.Task;
    }

    private sealed class RecordingLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{eventId.Id} {formatter(state, exception)} {exception}");
    }

    private sealed class Passing(HttpMessageHandler inner) : DelegatingHandler(inner);
}
