using System.Net;
using AcmeKestrel.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Probes over plain HTTP in front of everything else of the application (promise 9).</summary>
public sealed class Http01ResponderTests
{
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
    private const string Path = "/.well-known/acme-challenge/" + Token;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_live_token_is_answered_before_host_filtering_redirects_and_authorization()
    {
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                builder.Configuration["AllowedHosts"] = "elsewhere.test";
                builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
                builder.Services.AddAuthentication();
                builder.Services.AddHttpsRedirection(redirection => redirection.HttpsPort = 443);
            },
            app =>
            {
                app.UseHttpsRedirection();
                app.UseAuthorization();
                app.Run(context => context.Response.WriteAsync("the app"));
            });
        edge.Answers.Publish(Probes.Pending("shop.test", ChallengeTypes.Http01, Token));

        using var response = await SendAsync(edge, HttpMethod.Get, "shop.test", Path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Probes.Pending("shop.test", ChallengeTypes.Http01, Token).KeyAuthorization, await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(edge, HttpMethod.Get, "shop.test", "/")).StatusCode);
    }

    [Theory]
    [InlineData("GET", "shop.test", Path, true)]
    [InlineData("GET", "shop.test:5002", Path, true)]
    [InlineData("GET", "SHOP.TEST", Path, true)]
    [InlineData("HEAD", "shop.test", Path, true)]
    [InlineData("POST", "shop.test", Path, false)]
    [InlineData("GET", "other.test", Path, false)]
    [InlineData("GET", "shop.test", "/.well-known/acme-challenge/unknown", false)]
    [InlineData("GET", "shop.test", "/.well-known/acme-challenge/", false)]
    [InlineData("GET", "shop.test", Path + "/more", false)]
    [InlineData("GET", "shop.test", "/.well-known/acme-challenge/%2e%2e%2fsecret", false)]
    [InlineData("GET", "shop.test", "/.WELL-KNOWN/acme-challenge/" + Token, false)]
    [InlineData("GET", "shop.test", "/x" + Path, false)]
    public async Task Only_a_token_of_that_host_is_answered_and_everything_else_is_the_apps(string method, string host, string path, bool isAnswered)
    {
        await using var edge = await TestEdge.StartAsync(builder => builder.WebHost.UseUrls("http://127.0.0.1:0"), app => app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status418ImATeapot;
            return Task.CompletedTask;
        }));
        edge.Answers.Publish(Probes.Pending("shop.test", ChallengeTypes.Http01, Token));

        using var response = await SendAsync(edge, new HttpMethod(method), host, path);

        Assert.Equal(isAnswered ? HttpStatusCode.OK : (HttpStatusCode)StatusCodes.Status418ImATeapot, response.StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(TestEdge edge, HttpMethod method, string host, string path)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(method, new Uri($"http://{edge.Http}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Host = host;
        return await client.SendAsync(request, Cancellation);
    }
}
