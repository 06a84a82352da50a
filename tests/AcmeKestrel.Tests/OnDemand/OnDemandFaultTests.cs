using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Dns;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>Whatever ails the application's answer, the state or the CA, and whoever floods: visitors of other names feel nothing of it.</summary>
public sealed class OnDemandFaultTests : OnDemandScene
{
    [Fact]
    public async Task An_endpoint_that_allows_the_name_brings_its_certificate()
    {
        await using var server = await LoopbackServer.StartAsync(new AskEndpointTests.Handler((request, _) =>
            Task.FromResult(new HttpResponseMessage(request.RequestUri!.Query == "?domain=shop.customer.test" ? HttpStatusCode.OK : HttpStatusCode.NotFound))));
        var app = await StartAsync(("Acme:OnDemand:Ask", server.Url + "/check"));

        Assert.Equal("shop.customer.test", await VisitAsync(app, "shop.customer.test"));
        Assert.Equal(Fallback, await VisitAsync(app, "other.customer.test"));

        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_costs_its_visitor_the_wait_and_others_nothing()
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        await using var server = await LoopbackServer.StartAsync(new AskEndpointTests.Handler((request, cancellationToken) =>
            request.RequestUri!.Query.EndsWith("good.customer.test", StringComparison.Ordinal) ? Task.FromResult(new HttpResponseMessage()) : never.Task.WaitAsync(cancellationToken)));
        var app = await StartAsync(("Acme:OnDemand:Ask", server.Url), ("Acme:OnDemand:Wait", "00:00:01"));

        Assert.Equal(Fallback, await VisitAsync(app, "stuck.customer.test"));
        await Eventually.TrueAsync(() => VisitAsync(app, "good.customer.test").GetAwaiter().GetResult() == "good.customer.test");

        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task A_permission_that_throws_allows_nothing_and_takes_nothing_away()
    {
        var app = await StartAsync();
        Assert.Equal("shop.customer.test", await VisitAsync(app, "shop.customer.test"));
        Permission = (_, _) => throw new InvalidOperationException("the database is away");

        Assert.Equal(Fallback, await VisitAsync(app, "other.customer.test"));
        Assert.Equal("shop.customer.test", await VisitAsync(app, "shop.customer.test"));

        Assert.Equal(1, Orders);
    }

    /// <summary>Nothing is ordered that is not on record; as soon as it can be, the next visitor gets it.</summary>
    [Fact]
    public async Task A_wish_that_cannot_be_kept_is_none()
    {
        var app = await StartAsync();
        Flaky.Writing = key => key.Kind == RecordKind.OnDemand ? throw new StoreUnavailableException("the disk is full") : Task.CompletedTask;

        Assert.Equal(Fallback, await VisitAsync(app, "shop.customer.test"));

        Assert.Equal(0, Orders);
        Assert.Contains(Lines(), line => line.StartsWith("764 ", StringComparison.Ordinal) && line.Contains("the disk is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_CA_that_is_down_costs_its_visitor_no_more_than_the_wait_and_the_name_is_tried_on()
    {
        var isDown = true;
        var app = await StartAsync(("Acme:OnDemand:Wait", "00:00:02"));
        Down = () => isDown;

        Assert.Equal(Fallback, await VisitAsync(app, "shop.customer.test"));
        await Eventually.TrueAsync(async () => await RecordsAsync(RecordKind.OnDemand) is ["shop.customer.test"]);

        // When it is tried again is a matter of some ten seconds, and of chance.
        isDown = false;
        await Eventually.TrueAsync(async () => await VisitAsync(app, "shop.customer.test") == "shop.customer.test", TimeSpan.FromMinutes(3));
        Assert.Single(Asked);
    }

    /// <summary>With the real finder, desk and permission; what a TLS stack costs is the same for every name.</summary>
    [Fact]
    public async Task Ten_thousand_names_of_strangers_are_few_questions_no_order_and_bounded_memory()
    {
        Permission = (_, _) => ValueTask.FromResult(false);
        var app = await StartAsync();
        var finder = app.Services.GetRequiredService<CertificateFinder>();
        await FloodAsync(finder, 10_000, i => $"one-{i}.customer.test", _ => "192.0.2.1");
        await FloodAsync(finder, 10_000, i => $"many-{i}.customer.test", i => $"10.{i % 250}.{i / 250}.1");

        Assert.InRange(Asked.Count, 100, 1200);
        Assert.Equal(0, Orders);
        Assert.Empty(await RecordsAsync(RecordKind.OnDemand));
        var (names, networks) = app.Services.GetRequiredService<PermissionBook>().Kept;
        Assert.Equal(Asked.Count, names);
        Assert.InRange(networks, 1, Asked.Count);
    }

    [Fact]
    public async Task Names_that_are_all_allowed_are_ordered_as_far_as_the_limit_goes()
    {
        var app = await StartAsync(("Acme:OnDemand:NewNames", "3/1h"));

        for (var i = 0; i < 10; i++) await VisitAsync(app, $"shop.customer-{i}.test");

        Assert.Equal(3, Orders);
        Assert.Equal(3, (await RecordsAsync(RecordKind.OnDemand)).Count);
        Assert.Single(Lines(), line => line.StartsWith("764 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_strangers_are_refused_a_name_that_is_allowed_is_served_all_the_same()
    {
        Permission = (visit, _) => ValueTask.FromResult(visit.Name.StartsWith("good", StringComparison.Ordinal));
        var app = await StartAsync(("Acme:UnknownHosts", "Reject"));

        Assert.Equal("good.customer.test", await VisitAsync(app, "good.customer.test"));
        await Assert.ThrowsAnyAsync<Exception>(() => VisitAsync(app, "bad.customer.test"));
    }

    private static async Task FloodAsync(CertificateFinder finder, int count, Func<int, string> name, Func<int, string> remote)
    {
        for (var i = 0; i < count; i++) await finder.FindAsync(new ClientHello(name(i), IsAcmeTlsAlpn: false, KeyFamily.All), null, new IPEndPoint(IPAddress.Parse(remote(i)), 4711), out _);
    }

    private List<string> Lines()
    {
        lock (Log.Lines) return [.. Log.Lines];
    }
}
