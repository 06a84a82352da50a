using System.Net;
using System.Net.Security;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Whether what is served truly comes through is tried at start, with the Kestrel that is there.</summary>
public sealed class HookCheckTests
{
    private static readonly TestCa Ca = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handshake_of_our_own_in_memory_is_given_our_certificate(bool isKnown)
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton(new KestrelShape(isKnown));
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });

        Assert.Null(await edge.App.Services.GetRequiredService<HookCheck>().FindFaultAsync(Cancellation));
    }

    [Fact]
    public async Task Where_the_hook_does_not_work_it_says_so()
    {
        await using var edge = await TestEdge.StartAsync();
        var log = new ToldLog();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));

        // A table that the handshakes do not look at stands for a Kestrel that does not ask the hook.
        var elsewhere = new CertificateTable(TimeProvider.System, new ServingReach(), new LoadedCertificates(new TestSettings()));
        using var check = new HookCheck(
            edge.App.Services.GetRequiredService<KestrelWiring>(), elsewhere, edge.App.Services.GetRequiredService<IServer>(), edge.App.Services, time, logs.CreateLogger<HookCheck>());
        await check.StartedAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(5));

        await log.ToldAsync("a handshake was given another certificate than ours").WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await check.StoppingAsync(Cancellation);
    }

    /// <summary>Else the status would say served of what no visitor is shown.</summary>
    [Fact]
    public async Task The_endpoint_that_is_tried_does_not_count_as_one_that_visitors_reach()
    {
        using var users = Ca.UsersOwn("users-own.test");
        await using var edge = await TestEdge.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificate = users }) }))));

        Assert.Null(await edge.App.Services.GetRequiredService<HookCheck>().FindFaultAsync(Cancellation));

        Assert.NotNull(edge.Table.Unreachable);
    }

    [Fact]
    public async Task A_Kestrel_that_cannot_even_be_tried_is_said_too_and_harms_nobody()
    {
        await using var edge = await TestEdge.StartAsync();
        var log = new ToldLog();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var nothing = new ServiceCollection().BuildServiceProvider();
        using var check = new HookCheck(
            edge.App.Services.GetRequiredService<KestrelWiring>(), edge.Table, edge.App.Services.GetRequiredService<IServer>(), nothing, time, logs.CreateLogger<HookCheck>());
        await check.StartedAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(5));

        await log.ToldAsync("do not reach this server's TLS").WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await check.StoppingAsync(Cancellation);
    }
}
