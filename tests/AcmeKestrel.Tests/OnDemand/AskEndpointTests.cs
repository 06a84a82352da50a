using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Tests.Dns;
using AcmeKestrel.Tests.Hostile;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>Caddy's contract, over real sockets.</summary>
public sealed class AskEndpointTests : IDisposable
{
    private readonly AskEndpoint _endpoint = new(WebhookSender.NewHandler());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _endpoint.Dispose();

    [Theory]
    [InlineData(200, nameof(PermissionAnswer.Yes))]
    [InlineData(201, nameof(PermissionAnswer.No))]
    [InlineData(204, nameof(PermissionAnswer.No))]
    [InlineData(302, nameof(PermissionAnswer.No))]
    [InlineData(400, nameof(PermissionAnswer.No))]
    [InlineData(403, nameof(PermissionAnswer.No))]
    [InlineData(404, nameof(PermissionAnswer.No))]
    [InlineData(429, nameof(PermissionAnswer.Failed))]
    [InlineData(500, nameof(PermissionAnswer.Failed))]
    [InlineData(503, nameof(PermissionAnswer.Failed))]
    public async Task Two_hundred_is_yes_trouble_is_no_answer_and_anything_else_is_no(int status, string answer)
    {
        await using var server = await ServeAsync(_ => new HttpResponseMessage((HttpStatusCode)status));

        Assert.Equal(Enum.Parse<PermissionAnswer>(answer), (await AskAsync(server.Url + "/check")).Answer);
    }

    [Theory]
    [InlineData("", "?domain=shop.customer.test")]
    [InlineData("?token=abc", "?token=abc&domain=shop.customer.test")]
    public async Task The_name_is_in_the_query_beside_what_is_there(string query, string asked)
    {
        var seen = new ConcurrentQueue<Uri>();
        await using var server = await ServeAsync(request =>
        {
            seen.Enqueue(request.RequestUri!);
            return new HttpResponseMessage();
        });

        await AskAsync(server.Url + "/check" + query);

        Assert.Equal("/check" + asked, Assert.Single(seen).PathAndQuery);
    }

    [Fact]
    public async Task A_redirect_is_no_and_nobody_goes_there()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await ServeAsync(request =>
        {
            seen.Enqueue(request.RequestUri!.AbsolutePath);
            return request.RequestUri.AbsolutePath == "/yes" ? new HttpResponseMessage() : new HttpResponseMessage(HttpStatusCode.MovedPermanently) { Headers = { Location = new Uri("/yes", UriKind.Relative) } };
        });

        Assert.Equal(PermissionAnswer.No, (await AskAsync(server.Url + "/check")).Answer);

        Assert.Equal(["/check"], seen);
    }

    [Fact]
    public async Task A_body_without_end_is_not_read()
    {
        var flood = new Flood();
        using var endpoint = new AskEndpoint(new Handler((_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(flood.Open()) })));

        Assert.Equal(PermissionAnswer.Yes, (await endpoint.AskAsync(new Uri("http://ask.test/"), new AcmeOnDemandVisit("shop.customer.test"), Token)).Answer);

        Assert.Equal(0, flood.Read);
    }

    [Fact]
    public async Task Nobody_there_is_no_answer_and_says_why()
    {
        string url;
        await using (var server = await ServeAsync(_ => new HttpResponseMessage())) url = server.Url;

        var reply = await AskAsync(url);

        Assert.Equal(PermissionAnswer.Failed, reply.Answer);
        Assert.StartsWith("Acme:OnDemand:Ask could not be reached: ", reply.Problem, StringComparison.Ordinal);
    }

    /// <summary>A connection that is never idle would keep it where it was in DNS.</summary>
    [Fact]
    public void An_endpoint_that_moves_is_followed_though_its_connection_is_busy() =>
        Assert.Equal(TimeSpan.FromMinutes(2), Assert.IsType<SocketsHttpHandler>(WebhookSender.NewHandler()).PooledConnectionLifetime);

    private static Task<LoopbackServer> ServeAsync(Func<HttpRequestMessage, HttpResponseMessage> answer) => LoopbackServer.StartAsync(new Handler((request, _) => Task.FromResult(answer(request))));

    private Task<PermissionReply> AskAsync(string url) => _endpoint.AskAsync(new Uri(url), new AcmeOnDemandVisit("shop.customer.test"), Token);

    internal sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request, cancellationToken);
    }
}
