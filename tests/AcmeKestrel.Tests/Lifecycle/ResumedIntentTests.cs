using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>After a kill between an intent and its order's URL: the account's list of orders first, where the CA has one (RFC 8555 section 7.1.2.1).</summary>
public sealed class ResumedIntentTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task The_order_is_found_in_the_list_and_no_orphan_is_made()
    {
        await KillAfterOrderAsync();

        await using var edge = await _world.StartAsync(Wishes.Of("new.test", ["new.test", "www.new.test"]));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);

        Assert.DoesNotContain("new-order", _world.Requests);
        Assert.Contains("orders", _world.Requests);
    }

    /// <summary>No process can have told the CA of a challenge that was not chosen: waiting for it to begin by itself would be in vain.</summary>
    [Fact]
    public async Task Its_challenges_are_told_at_once()
    {
        await KillAfterOrderAsync();

        await using var edge = await _world.StartAsync(Wishes.Of("new.test", ["new.test", "www.new.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
    }

    [Fact]
    public async Task A_ca_without_a_list_is_asked_once_for_the_account_and_then_for_an_order()
    {
        await KillAfterOrderAsync();
        _world.Answer = (request, next) => request.Resource == "account" ? WithoutOrders(next(request)) : next(request);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test", ["new.test", "www.new.test"]));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);

        Assert.Equal(1, _world.Requests.Count(resource => resource == "account"));
        Assert.Equal(1, _world.Requests.Count(resource => resource == "new-order"));
        Assert.DoesNotContain("orders", _world.Requests);
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_costs_an_order_and_nothing_else()
    {
        await KillAfterOrderAsync();
        _world.Answer = (request, next) => request.Resource == "orders" ? AccountEdge.Problem(404, "malformed", "no list here") : next(request);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test", ["new.test", "www.new.test"]));
        var status = await edge.SettleAsync("new.test");

        Assert.Equal((AcmeCertificateState.Served, 0), (status.State, status.Failures));
        Assert.Equal(1, _world.Requests.Count(resource => resource == "new-order"));
    }

    [Fact]
    public async Task An_order_for_other_names_is_left_alone()
    {
        await KillAfterOrderAsync("new.test");
        await KillAfterOrderAsync("other.test", ["other.test"]);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test", ["new.test", "www.new.test"]), Wishes.Of("other.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("other.test").State);
        Assert.DoesNotContain("new-order", _world.Requests);
    }

    [Fact]
    public async Task An_order_that_another_label_works_on_is_left_alone()
    {
        await _world.SeedAsync();
        _world.Options.OrderLifetime = TimeSpan.FromDays(1);
        var validated = _world.HoldValidations();

        // The first label's order is on record; the second one's newOrder was never answered, nor processed.
        await using (var first = await _world.StartAsync(Wishes.Of("a", ["new.test"]))) await first.RunAsync(TimeSpan.FromSeconds(3));
        _world.Answer = (request, next) => request.Resource == "new-order" ? AccountEdge.Problem(500, "serverInternal", "not now") : next(request);
        await using (var second = await _world.StartAsync(Wishes.Of("a", ["new.test"]), Wishes.Of("b", ["new.test"]))) await second.RunAsync(TimeSpan.FromSeconds(1));
        _world.Answer = (request, next) => next(request);
        _world.Requests.Clear();
        _world.Time.Advance(TimeSpan.FromMinutes(2));

        await using var edge = await _world.StartAsync(Wishes.Of("a", ["new.test"]), Wishes.Of("b", ["new.test"]));
        validated.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("a").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("b").State);
        Assert.Equal(1, _world.Requests.Count(resource => resource == "new-order"));
    }

    /// <summary>Between a look into the list and the record that says whose the order is.</summary>
    [Fact]
    public async Task An_order_that_another_label_has_just_found_is_left_alone()
    {
        await KillAfterOrderAsync();
        await using var edge = await _world.StartAsync();
        var account = await edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email);
        var (onRecord, finder) = (edge.Get<OrdersOnRecord>(), edge.Get<OrderFinder>());
        var found = await FindAsync("a");

        Assert.NotNull(found);
        Assert.Null(await FindAsync("b"));
        Assert.Equal(found.Url, (await FindAsync("a"))?.Url);
        finder.Release(found.Url);
        Assert.Null(await FindAsync("b"));
        onRecord.Remove(found.Url);
        Assert.Equal(found.Url, (await FindAsync("b"))?.Url);

        Task<AcmeOrder?> FindAsync(string label)
        {
            string[] names = ["new.test", "www.new.test"];
            var intent = new PendingOrder("id", label, "print", "test", _world.Ca.DirectoryUrl, AccountEdge.Email, names, AcmeKeyType.P256, null, [], false, _world.Time.GetUtcNow(), new OrderProgress.Intent());
            return finder.FindAsync(new OrderRun(edge.Session, intent, [], resumed: true), [.. names.Select(AcmeIdentifier.Parse)], account, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What was found is its finder's only until the record says so; given up, and still open at the CA, it is anybody's.</summary>
    [Fact]
    public async Task An_order_that_was_found_and_given_up_is_found_again_by_another_label()
    {
        await KillAfterOrderAsync("a", ["new.test"]);
        var validated = _world.HoldValidations();
        await using var edge = await _world.StartAsync(Wishes.Of("a", ["new.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        Assert.NotNull(edge.Entry("a").Run?.Order.OrderUrl);
        Assert.DoesNotContain("new-order", _world.Requests);

        // No authorization can be given up, and no other order be made.
        _world.Answer = (request, next) => request.Resource is "authorization" or "new-order" ? AccountEdge.Problem(500, "serverInternal", "not now") : next(request);
        edge.Drop("a");
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Null(edge.Entry("a").Run);
        edge.Wish(Wishes.Of("b", ["new.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        _world.Answer = (request, next) => next(request);
        _world.Requests.Clear();

        // The intent is found as after a kill, and this process still knows what it had found before.
        await edge.Get<StateLease>().ReleaseAsync();
        await edge.PassTimeAsync(_world.Time.GetUtcNow());
        validated.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("b").State);
        Assert.DoesNotContain("new-order", _world.Requests);
    }

    private async Task KillAfterOrderAsync(string label = "new.test", string[]? names = null)
    {
        if (_world.Store.All(RecordKind.Account).Count == 0) await _world.SeedAsync();
        await _world.KillAfterOrderAsync(label, names ?? ["new.test", "www.new.test"]);
    }

    private static LocalCaReply WithoutOrders(LocalCaReply reply)
    {
        var body = System.Text.Json.Nodes.JsonNode.Parse(reply.Body.Span)!.AsObject();
        body.Remove("orders");
        return reply with { Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()) };
    }
}
