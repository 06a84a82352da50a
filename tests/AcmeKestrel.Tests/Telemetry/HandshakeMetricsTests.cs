using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using TestCa = AcmeKestrel.Tests.Serving.TestCa;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>What visitors of a real server were given.</summary>
public sealed class HandshakeMetricsTests
{
    private static readonly TestCa Ca = new();

    [Fact]
    public async Task A_ready_certificate_is_a_hit_one_that_is_read_first_is_cold_and_none_is_the_fallback()
    {
        var shelf = new WatchedShelf();
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            builder.Services.AddSingleton<ICertificateSource>(shelf);
        });
        var generation = Ca.Issue("shop.test");
        shelf.Generations["shop.test"] = generation;
        edge.Table.Publish(CertificateFacts.Of(generation));
        using var heard = Hear(edge);

        await TlsClient.VisitAsync(edge.Https, "shop.test");
        Assert.Equal(["acme.outcome=cold"], heard.Sums("acme.tls.handshakes").Keys);
        await TlsClient.VisitAsync(edge.Https, "shop.test");
        await TlsClient.VisitAsync(edge.Https, "shop.test");
        await TlsClient.VisitAsync(edge.Https, "other.test");

        Assert.Equal(
            new Dictionary<string, double> { ["acme.outcome=cold"] = 1, ["acme.outcome=hit"] = 2, ["acme.outcome=fallback"] = 1 },
            heard.Sums("acme.tls.handshakes"));
    }

    /// <summary>An endpoint has a gate of its own, and explicit wiring brings another one.</summary>
    [Fact]
    public async Task A_handshake_on_an_endpoint_with_explicit_wiring_counts_once()
    {
        await using var edge = await TestEdge.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseAcmeHttps())), null, Ca.Issue("shop.test"));
        await TlsClient.VisitAsync(edge.Https, "shop.test");
        using var heard = Hear(edge);

        await TlsClient.VisitAsync(edge.Https, "shop.test");
        await TlsClient.VisitAsync(edge.Https, "other.test");

        Assert.Equal(new Dictionary<string, double> { ["acme.outcome=hit"] = 1, ["acme.outcome=fallback"] = 1 }, heard.Sums("acme.tls.handshakes"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_now_is_late()
    {
        var shelf = new WatchedShelf { Fault = new TimeoutException("the disk does not answer") };
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            builder.Services.AddSingleton<ICertificateSource>(shelf);
        });
        edge.Table.Publish(CertificateFacts.Of(Ca.Issue("shop.test")));
        using var heard = Hear(edge);

        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.VisitAsync(edge.Https, "shop.test"));

        Assert.Equal(new Dictionary<string, double> { ["acme.outcome=late"] = 1 }, heard.Sums("acme.tls.handshakes"));
    }

    [Fact]
    public async Task A_refused_handshake_counts_once()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Configuration["Acme:UnknownHosts"] = "Reject";
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        using var heard = Hear(edge);

        await Assert.ThrowsAnyAsync<AuthenticationException>(() => TlsClient.VisitAsync(edge.Https, "other.test"));

        Assert.Equal(new Dictionary<string, double> { ["acme.outcome=refused"] = 1 }, heard.Sums("acme.tls.handshakes"));
    }

    /// <summary>What is stored of ours is nobody's concern there: it is neither counted nor read, and a disk that does not answer takes no visitor away.</summary>
    [Fact]
    public async Task An_endpoint_that_chooses_by_itself_is_left_alone()
    {
        using var users = Ca.UsersOwn("users-own.test");
        var shelf = new WatchedShelf { Fault = new TimeoutException("the disk does not answer") };
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificate = users }),
            })));
            builder.Services.AddSingleton<ICertificateSource>(shelf);
        });
        edge.Table.Publish(CertificateFacts.Of(Ca.Issue("cold.test")));
        edge.Table.Publish(Ca.Issue("shop.test"));
        using var heard = Hear(edge);

        Assert.Equal("users-own.test", (await TlsClient.VisitAsync(edge.Https, "cold.test")).Name);
        Assert.Equal("users-own.test", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);

        Assert.Empty(shelf.Asked);
        Assert.Empty(heard.Sums("acme.tls.handshakes"));
    }

    /// <summary>Whoever is told by the meter may do as it likes with the table, on whatever thread.</summary>
    [Fact]
    public async Task Whoever_hears_of_a_swap_holds_nobody_up()
    {
        var first = Ca.Issue("shop.test");
        await using var edge = await TestEdge.StartAsync(first);
        var free = new List<bool>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "acme.certificate.swaps" && ReferenceEquals(instrument.Meter.Scope, edge.App.Services.GetRequiredService<IMeterFactory>())) listener.EnableMeasurementEvents(instrument);
            },
        };

        // A thread of its own: one of the pool's may be long in coming.
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
            free.Add(Task.Factory.StartNew(() => edge.Table.Withdraw("nobody.test"), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(60))));
        listener.Start();

        edge.Table.Publish(Ca.Issue("shop.test"));
        edge.Table.Replace(edge.Table.Find("shop.test", KeyFamily.All)!, Ca.Issue("shop.test"));

        Assert.Equal([true, true], free);
    }

    [Fact]
    public async Task A_swap_is_counted_and_a_first_certificate_or_the_same_again_is_none()
    {
        var first = Ca.Issue("shop.test");
        await using var edge = await TestEdge.StartAsync(first);
        using var heard = Hear(edge);

        edge.Table.Publish(first);
        edge.Table.Publish(Ca.Issue("new.test"));
        Assert.Empty(heard.Sums("acme.certificate.swaps"));
        edge.Table.Publish(Ca.Issue("shop.test"));

        Assert.Equal(1, heard.Sums("acme.certificate.swaps")[""]);
    }

    [Fact]
    public async Task The_handshake_by_which_the_hook_is_proven_is_no_visitors()
    {
        await using var edge = await TestEdge.StartAsync();
        using var heard = Hear(edge);

        Assert.Null(await edge.App.Services.GetRequiredService<HookCheck>().FindFaultAsync(TestContext.Current.CancellationToken));

        Assert.Empty(heard.Sums("acme.tls.handshakes"));
    }

    [Fact]
    public void Counting_a_handshake_allocates_nothing_whether_anybody_listens_or_not()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var meter = new AcmeMeter(services.GetRequiredService<IMeterFactory>());
        var metrics = new ServingMetrics(meter);
        Assert.Equal(0, AllocatedBy(metrics));

        var heard = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Meter == meter.Meter) listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => heard += value);
        listener.Start();

        Assert.Equal(0, AllocatedBy(metrics));
        Assert.True(heard >= 100);
    }

    private static long AllocatedBy(ServingMetrics metrics)
    {
        for (var i = 0; i < 100; i++) metrics.Handshake(HandshakeOutcome.Hit);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) metrics.Handshake(HandshakeOutcome.Hit);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static HeardMetrics Hear(TestEdge edge) => new(edge.App.Services.GetRequiredService<IMeterFactory>());
}
