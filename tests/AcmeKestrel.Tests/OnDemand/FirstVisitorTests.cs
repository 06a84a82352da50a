using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>A visitor comes for a name that nobody wished.</summary>
public sealed class FirstVisitorTests : OnDemandScene
{
    [Fact]
    public async Task The_first_visitor_gets_the_certificate_and_the_next_one_costs_nothing()
    {
        var app = await StartAsync();

        var seen = await TlsClient.VisitAsync(EndPointOf(app), "Shop.customer.test").WaitAsync(Deadline, Token);

        Assert.Equal(["shop.customer.test"], seen.Names);
        Assert.Equal(Ca.Hierarchy.Intermediate.Subject, seen.Leaf.Issuer);
        Assert.Equal("shop.customer.test", await VisitAsync(app, "shop.customer.test"));
        var visit = Assert.Single(Asked);
        Assert.Equal(("shop.customer.test", true), (visit.Name, System.Net.IPAddress.IsLoopback(visit.RemoteAddress!)));
        Assert.Equal(1, Orders);
        Assert.Equal(["shop.customer.test"], await RecordsAsync(RecordKind.OnDemand));
        var status = Assert.Single(app.Services.GetRequiredService<IAcmeCertificates>().List());
        Assert.Equal(("shop.customer.test", AcmeCertificateState.Served, "a visitor of 'shop.customer.test'"), (status.Label, status.State, status.Origin));
    }

    [Fact]
    public async Task A_hundred_visitors_at_once_are_one_question_and_one_order()
    {
        var app = await StartAsync();

        var seen = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => VisitAsync(app, "busy.customer.test")));

        Assert.All(seen, name => Assert.Equal("busy.customer.test", name));
        Assert.Equal((1, 1), (Asked.Count, Orders));
    }

    [Fact]
    public async Task What_is_not_allowed_gets_what_unknown_names_get_and_is_not_asked_again_for_a_while()
    {
        Permission = (_, _) => ValueTask.FromResult(false);
        var app = await StartAsync();

        for (var i = 0; i < 5; i++) Assert.Equal(Fallback, await VisitAsync(app, "denied.customer.test"));

        Assert.Equal((1, 0), (Asked.Count, Orders));
        Assert.Empty(await RecordsAsync(RecordKind.OnDemand));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("intranet")]
    [InlineData("under_score.customer.test")]
    [InlineData("co.uk")]
    [InlineData("nobody.invalid")]
    public async Task What_can_have_no_certificate_is_not_even_asked_for(string name)
    {
        var app = await StartAsync();

        Assert.Equal(Fallback, await VisitAsync(app, name));

        Assert.Equal((0, 0), (Asked.Count, Orders));
    }

    [Fact]
    public async Task A_name_that_somebody_wishes_is_not_the_permissions()
    {
        Slow = new TaskCompletionSource();
        var app = await StartAsync(("Acme:Domains:0", "wished.customer.test"));

        Assert.Equal(Fallback, await VisitAsync(app, "wished.customer.test"));

        Assert.Empty(Asked);
    }

    [Fact]
    public async Task One_name_is_one_certificate_without_the_bare_domain()
    {
        var app = await StartAsync();

        var seen = await TlsClient.VisitAsync(EndPointOf(app), "www.customer.test").WaitAsync(Deadline, Token);

        Assert.Equal(["www.customer.test"], seen.Names);
    }

    [Fact]
    public async Task Past_the_deadline_the_visitor_gets_the_fallback_and_the_order_goes_on()
    {
        Slow = new TaskCompletionSource();
        var app = await StartAsync(("Acme:OnDemand:Wait", "00:00:01"));

        Assert.Equal(Fallback, await VisitAsync(app, "slow.customer.test"));
        await Eventually.TrueAsync(() => Orders == 1);
        Slow.SetResult();

        await Eventually.TrueAsync(() => VisitAsync(app, "slow.customer.test").GetAwaiter().GetResult() == "slow.customer.test");
        Assert.Equal((1, 1), (Asked.Count, Orders));
    }

    [Fact]
    public async Task What_is_not_to_be_waited_for_is_ordered_all_the_same()
    {
        var app = await StartAsync(("Acme:OnDemand:Wait", "00:00:00"));

        Assert.Equal(Fallback, await VisitAsync(app, "later.customer.test"));

        await Eventually.TrueAsync(() => VisitAsync(app, "later.customer.test").GetAwaiter().GetResult() == "later.customer.test");
        Assert.Equal((1, 1), (Asked.Count, Orders));
    }

    [Fact]
    public async Task A_name_is_still_one_after_a_restart_and_asks_nobody()
    {
        var first = await StartAsync();
        Assert.Equal("shop.customer.test", await VisitAsync(first, "shop.customer.test"));
        await StopAsync(first);

        var second = await StartAsync();

        Assert.Equal("shop.customer.test", await VisitAsync(second, "shop.customer.test"));
        var status = Assert.Single(await second.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token));
        Assert.Equal((AcmeCertificateState.Served, "a visitor of 'shop.customer.test'"), (status.State, status.Origin));
        Assert.Equal((1, 1), (Asked.Count, Orders));
    }

    /// <summary>It was killed when the order was under way: nobody need come for it again.</summary>
    [Fact]
    public async Task An_order_that_a_stop_left_is_gone_on_with()
    {
        Slow = new TaskCompletionSource();
        var first = await StartAsync(("Acme:OnDemand:Wait", "00:00:01"));
        Assert.Equal(Fallback, await VisitAsync(first, "shop.customer.test"));
        await Finalizing.WaitAsync(Deadline, Token);
        await StopAsync(first);
        Slow.SetResult();

        var second = await StartAsync();
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await second.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token)).State);

        Assert.Equal("shop.customer.test", await VisitAsync(second, "shop.customer.test"));
        Assert.Equal((1, 1), (Asked.Count, Orders));
    }

    /// <summary>It was served while it was on: it is served until it ends.</summary>
    [Fact]
    public async Task Switched_off_nobody_is_asked_and_nothing_is_wished()
    {
        var first = await StartAsync();
        Assert.Equal("shop.customer.test", await VisitAsync(first, "shop.customer.test"));
        await StopAsync(first);

        var second = await StartAsync(("Acme:OnDemand:Enabled", "false"));

        Assert.Equal("shop.customer.test", await VisitAsync(second, "shop.customer.test"));
        Assert.Equal(Fallback, await VisitAsync(second, "other.customer.test"));
        Assert.Empty(second.Services.GetRequiredService<IAcmeCertificates>().List());
        Assert.Single(Asked);
    }

    /// <summary>Nobody tells those who read the wishes but the records themselves.</summary>
    [Fact]
    public async Task What_goes_from_the_records_is_wished_no_more_at_once()
    {
        var app = await StartAsync();
        Assert.Equal("shop.customer.test", await VisitAsync(app, "shop.customer.test"));

        Assert.True(await app.Services.GetRequiredService<OnDemandWishes>().RemoveAsync(app.Services.GetRequiredService<StateLease>().Session!, "shop.customer.test", Token));

        await Eventually.TrueAsync(() => app.Services.GetRequiredService<IAcmeCertificates>().List().Count == 0);
    }

    [Fact]
    public async Task Another_process_on_the_state_has_its_visitors_names_ordered_by_the_one_that_has_it()
    {
        var (_, other) = (await StartAsync(), await StartAsync());

        Assert.Equal("shop.customer.test", await VisitAsync(other, "shop.customer.test"));

        Assert.Equal((1, 1), (Asked.Count, Orders));
        Assert.Empty(await RecordsAsync(RecordKind.Request));
        Assert.Equal(["shop.customer.test"], await RecordsAsync(RecordKind.OnDemand));
    }
}
