using System.Net;
using System.Net.Sockets;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Validation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class HttpProbeTests
{
    private const string KeyAuthorization = "token.thumbprint";

    [Theory]
    [InlineData(KeyAuthorization)]
    [InlineData(KeyAuthorization + "\r\n \t")]
    public async Task The_key_authorization_is_proof(string body) =>
        Assert.Null(await ProbeAsync(context => context.Response.WriteAsync(body)));

    [Theory]
    [InlineData("")]
    [InlineData("token.another")]
    [InlineData(" " + KeyAuthorization)]
    [InlineData("\uFEFF" + KeyAuthorization)]
    [InlineData(KeyAuthorization + "x")]
    public async Task Anything_else_is_none(string body) =>
        Assert.Equal("unauthorized", (await ProbeAsync(context => context.Response.WriteAsync(body)))?.Type);

    [Fact]
    public async Task The_name_goes_into_the_Host_header_and_the_token_into_the_path()
    {
        (string? Host, string? Path) seen = default;
        await ProbeAsync(context =>
        {
            seen = (context.Request.Host.Value, context.Request.Path.Value);
            return Task.CompletedTask;
        });

        Assert.Equal(("shop.test", "/.well-known/acme-challenge/token"), seen);
    }

    [Fact]
    public async Task An_error_page_is_no_proof() => Assert.Equal("unauthorized", (await ProbeAsync(context =>
    {
        context.Response.StatusCode = 404;
        return context.Response.WriteAsync(KeyAuthorization);
    }))?.Type);

    [Fact]
    public async Task An_endless_body_is_cut_off() => Assert.Equal("unauthorized", (await ProbeAsync(async context =>
    {
        var part = new byte[4096];
        while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(part, context.RequestAborted);
    }))?.Type);

    [Theory]
    [InlineData("/other")]
    [InlineData("http://www.shop.test/other")]
    [InlineData("http://127.0.0.1/other")]
    public async Task A_redirect_to_a_local_name_is_followed(string location) => Assert.Null(await ProbeAsync(context =>
    {
        if (context.Request.Path == "/other") return context.Response.WriteAsync(KeyAuthorization);
        context.Response.Redirect(location);
        return Task.CompletedTask;
    }));

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("http://192.0.2.1/")]
    [InlineData("http://shop.test:22/")]
    [InlineData("ftp://shop.test/")]
    [InlineData("file:///etc/passwd")]
    public async Task A_redirect_elsewhere_is_not_followed(string location)
    {
        var problem = await ProbeAsync(context =>
        {
            context.Response.Redirect(location);
            return Task.CompletedTask;
        });

        Assert.Equal("connection", problem?.Type);
        Assert.Contains("does not go", problem?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_loop_ends_after_ten_steps()
    {
        var requests = 0;
        var problem = await ProbeAsync(context =>
        {
            requests++;
            context.Response.Redirect(context.Request.Path);
            return Task.CompletedTask;
        });

        Assert.Equal(("connection", 11), (problem?.Type, requests));
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var problem = await Validator(((IPEndPoint)silent.LocalEndpoint).Port, TimeSpan.FromMilliseconds(50)).ValidateAsync(Probe, TestContext.Current.CancellationToken);

        Assert.Equal("connection", problem?.Type);
        Assert.Contains("did not answer", problem?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_is_a_connection_problem()
    {
        int port;
        using (var closed = new TcpListener(IPAddress.Loopback, 0))
        {
            closed.Start();
            port = ((IPEndPoint)closed.LocalEndpoint).Port;
        }

        Assert.Equal("connection", (await Validator(port, TimeSpan.FromSeconds(30)).ValidateAsync(Probe, TestContext.Current.CancellationToken))?.Type);
    }

    private static ChallengeProbe Probe =>
        new() { Type = "http-01", IdentifierType = "dns", Identifier = "shop.test", Token = "token", KeyAuthorization = KeyAuthorization };

    private static LoopbackValidator Validator(int port, TimeSpan deadline) => new(() => new ProbePorts(port, 1), TimeProvider.System) { Deadline = deadline };

    private static async Task<ChallengeProblem?> ProbeAsync(RequestDelegate serve)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.Run(serve);
        await app.StartAsync(TestContext.Current.CancellationToken);

        return await Validator(new Uri(app.Urls.Single()).Port, TimeSpan.FromSeconds(30)).ValidateAsync(Probe, TestContext.Current.CancellationToken);
    }
}
