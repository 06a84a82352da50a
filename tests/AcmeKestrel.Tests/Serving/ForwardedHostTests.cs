using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

/// <summary>http-01 behind a proxy that puts another name into <c>Host</c>.</summary>
public sealed class ForwardedHostTests
{
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";

    private readonly ToldLog _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_live_token_asked_for_under_another_name_is_the_apps_and_said_with_both_names()
    {
        await using var edge = await StartAsync();

        Assert.False(await IsAnsweredAsync(edge, "internal", "shop.test"));

        await _log.ToldAsync("internal").WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await _log.ToldAsync("shop.test").WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
    }

    [Theory]
    [InlineData("shop.test", true)]
    [InlineData("SHOP.test:80", true)]
    [InlineData("stranger.test, shop.test", true)]
    [InlineData("shop.test, internal", false)]
    [InlineData("other.test", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public async Task From_loopback_the_forwarded_name_counts_where_the_settings_say_so(string? forwarded, bool isAnswered)
    {
        await using var edge = await StartAsync(builder => builder.Configuration["Acme:Http01:TrustForwardedHost"] = "true");

        Assert.Equal(isAnswered, await IsAnsweredAsync(edge, "internal", forwarded));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("198.51.100.7", true)]
    [InlineData("203.0.113.9", true)]
    [InlineData("203.0.114.9", false)]
    public async Task Besides_loopback_only_the_proxies_of_the_applications_forwarded_headers_are_believed(string remote, bool isBelieved)
    {
        await using var edge = await StartAsync(builder =>
        {
            builder.Configuration["Acme:Http01:TrustForwardedHost"] = "true";
            builder.Services.Configure<ForwardedHeadersOptions>(options =>
            {
                options.KnownProxies.Add(IPAddress.Parse("198.51.100.7"));
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse("203.0.113.0/24"));
            });
        });
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(remote) } };
        context.Request.Headers["X-Forwarded-Host"] = "shop.test";

        Assert.Equal(isBelieved ? "shop.test" : null, edge.App.Services.GetRequiredService<ForwardedHost>().Of(context));
    }

    [Fact]
    public async Task A_stranger_is_not_believed_where_the_list_of_proxies_was_emptied()
    {
        await using var edge = await StartAsync(builder =>
        {
            builder.Configuration["Acme:Http01:TrustForwardedHost"] = "true";
            builder.Services.Configure<ForwardedHeadersOptions>(options =>
            {
                options.KnownProxies.Clear();
                options.KnownIPNetworks.Clear();
            });
        });
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("192.0.2.1") } };
        context.Request.Headers["X-Forwarded-Host"] = "shop.test";

        Assert.Null(edge.App.Services.GetRequiredService<ForwardedHost>().Of(context));
    }

    [Fact]
    public void Each_pair_is_said_once_an_hour_and_only_so_many_pairs_are()
    {
        var time = new FakeTimeProvider();
        var log = new RecordedLog();
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        var rewritten = new RewrittenHosts(time, logs.CreateLogger<RewrittenHosts>());
        for (var i = 0; i < 3; i++) rewritten.Tell("internal", "shop.test");
        Assert.Equal(1, Told());

        time.Advance(TimeSpan.FromHours(1));
        rewritten.Tell("internal", "shop.test");
        Assert.Equal(2, Told());

        for (var i = 0; i < 1000; i++) rewritten.Tell($"{i}.test", "shop.test");
        Assert.InRange(Told(), 200, 300);

        int Told() => log.Lines.Count(line => line.StartsWith("459 ", StringComparison.Ordinal));
    }

    private async Task<TestEdge> StartAsync(Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? use = null)
    {
        var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                builder.Services.AddSingleton<ILoggerFactory>(_ => LoggerFactory.Create(logging => logging.AddProvider(_log)));
                configure?.Invoke(builder);
            },
            use ?? (app => app.Run(context =>
            {
                context.Response.StatusCode = StatusCodes.Status418ImATeapot;
                return Task.CompletedTask;
            })));
        edge.Answers.Publish(Probes.Pending("shop.test", ChallengeTypes.Http01, Token));
        return edge;
    }

    private static async Task<bool> IsAnsweredAsync(TestEdge edge, string host, string? forwarded)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{edge.Http}/.well-known/acme-challenge/{Token}");
        request.Headers.Host = host;
        if (forwarded is not null) request.Headers.TryAddWithoutValidation("X-Forwarded-Host", forwarded);
        using var response = await client.SendAsync(request, Cancellation);
        return response.StatusCode == HttpStatusCode.OK;
    }
}
