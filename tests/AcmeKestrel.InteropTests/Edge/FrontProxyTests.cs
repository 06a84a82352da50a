using AcmeKestrel.InteropTests.Pebble;
using Microsoft.AspNetCore.Http;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>http-01 through what operators put in front of an edge.</summary>
public sealed class FrontProxyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proxy_that_rewrites_Host_is_named_and_believed_where_the_settings_say_so(bool isTrusted)
    {
        await using var edge = new SampleEdge();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        await using var front = await FrontServer.StartAsync(context => PassOnAsync(client, context, edge.HttpPort), Stop);
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, front.Port, FreePort.Next(), nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Settings["Acme__Challenges__0"] = "http-01";
        if (isTrusted) edge.Settings["Acme__Http01__TrustForwardedHost"] = "true";
        edge.Start();

        if (isTrusted)
        {
            Assert.True((await edge.ServedAsync("shop.test", Stop)).Covers("shop.test"));
            return;
        }

        var line = await edge.Process.LineAsync(line => line.Contains("X-Forwarded-Host", StringComparison.Ordinal), Stop);
        Assert.Contains("shop.test", line, StringComparison.Ordinal);
        Assert.Contains("internal", line, StringComparison.Ordinal);
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: failed", StringComparison.Ordinal), Stop);
    }

    [Fact]
    public async Task Something_that_redirects_the_CA_to_https_is_followed_while_unknown_hosts_are_refused()
    {
        await using var edge = new SampleEdge();
        await using var front = await FrontServer.StartAsync(
            context =>
            {
                context.Response.Redirect($"https://{context.Request.Host.Host}:{edge.HttpsPort}{context.Request.Path}");
                return Task.CompletedTask;
            },
            Stop);
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, front.Port, FreePort.Next(), nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Settings["Acme__Challenges__0"] = "http-01";
        edge.Settings["Acme__UnknownHosts"] = "Reject";
        edge.Start();

        Assert.True((await edge.ServedAsync("shop.test", Stop)).Covers("shop.test"));
        await Assert.ThrowsAnyAsync<Exception>(() => ServedChain.FetchAsync(edge.HttpsPort, "other.test", Stop));
        Assert.Equal(1, ca.Orders());
    }

    private static async Task PassOnAsync(HttpClient client, HttpContext context, int port)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{context.Request.Path}"));
        request.Headers.Host = "internal";
        request.Headers.Add("X-Forwarded-Host", context.Request.Host.Value);
        using var answer = await client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
