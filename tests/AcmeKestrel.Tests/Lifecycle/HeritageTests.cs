using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The same names in another order, or under another label, are no reason to buy a certificate again.</summary>
public sealed class HeritageTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public HeritageTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData("b.test", "b.test", "a.test")]
    [InlineData("front", "a.test", "b.test")]
    public async Task Names_in_another_order_or_under_another_label_take_the_certificate_over(string label, params string[] names)
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");

        await using var second = await StartAsync(Wishes.Of(label, names));
        var status = await second.SettleAsync(label);

        Assert.Equal(AcmeCertificateState.Served, status.State);
        Assert.Single(_ca.NewOrders);
        Assert.Equal(second.Published.Current["a.test"].Chain.ToFullChainPem(), second.Published.Current[label].Chain.ToFullChainPem());
        Assert.Equal(["a.test", label], second.Events.All.OfType<LabelEvent.TakenOver>().SelectMany(over => new[] { over.From, over.Label.Label }));
        Assert.Equal(2, _store.All(RecordKind.Certificate).Count);
        Assert.Equal(2, _store.All(RecordKind.Schedule).Count);
    }

    [Fact]
    public async Task It_is_renewed_under_its_new_label_and_the_old_one_goes()
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");
        await using var second = await StartAsync(Wishes.Of("b.test", ["b.test", "a.test"]));

        second.Wake(["a.test"]);
        await second.RunAsync(TimeSpan.FromDays(150));

        Assert.Equal(3, _ca.NewOrders.Count);
        Assert.All(_store.All(RecordKind.Certificate), record => Assert.StartsWith("b.test@", record.Key.Name, StringComparison.Ordinal));
        Assert.Equal(["b.test"], second.Published.Current.Keys);
    }

    [Fact]
    public async Task One_that_is_not_what_its_record_says_is_taken_over_once_and_then_renewed()
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");
        var record = Assert.Single(_store.All(RecordKind.Certificate));
        var meta = System.Text.Json.Nodes.JsonNode.Parse(record.Content.Find("meta.json")!.Value.Span)!;
        meta["notAfter"] = _time.GetUtcNow().AddDays(400);
        _store.Damage(record.Key, "meta.json", System.Text.Encoding.UTF8.GetBytes(meta.ToJsonString()));
        _time.Advance(TimeSpan.FromDays(80));

        await using var second = await StartAsync(Wishes.Of("b.test", ["b.test", "a.test"]));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Served, second.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.InRange(second.Events.All.OfType<LabelEvent.TakenOver>().Count(), 0, 1);
    }

    /// <summary>Nobody has used it since, so nobody knows that it ends sooner than was said: each look would find it good and copy it again.</summary>
    [Fact]
    public async Task One_that_turns_out_to_be_due_is_taken_over_once()
    {
        _settings.Ari = false;
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]));
        await edge.SettleAsync("a.test");
        edge.Drop("a.test");
        await edge.RunAsync(TimeSpan.FromDays(80));
        var left = edge.Entry("a.test");
        left.Certificate = left.Certificate! with { NotAfter = _time.GetUtcNow() + TimeSpan.FromDays(400) };
        var copies = 0;
        _store.BeforeWrite = key => Assert.True(key.Kind is not RecordKind.Certificate || ++copies <= 5, "It is copied for ever.");

        edge.Get<Labels>().Change(Wishes.Between(edge.Get<Labels>().Wishes.Values, [Wishes.Of("b.test", ["b.test", "a.test"])]), areWhole: true);
        edge.Wake(["b.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status("b.test").State, _ca.NewOrders.Count));
        Assert.Single(edge.Events.All.OfType<LabelEvent.TakenOver>());
    }

    [Fact]
    public async Task And_back_again_it_is_the_newest_after_a_restart()
    {
        Wish one = Wishes.Of("a.test", ["a.test", "b.test"]), other = Wishes.Of("b.test", ["b.test", "a.test"]);
        await using (var first = await StartAsync(one)) await first.SettleAsync("a.test");
        await using (var second = await StartAsync(other)) await second.RunAsync(TimeSpan.FromDays(70));
        await using (var third = await StartAsync(one)) await third.RunAsync(TimeSpan.FromDays(25));
        await using var fourth = await StartAsync(one);

        Assert.Equal(AcmeCertificateState.Served, (await fourth.SettleAsync("a.test")).State);
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.True(fourth.Published.Current["a.test"].Chain.NotAfter > _time.GetUtcNow());
    }

    [Fact]
    public async Task One_that_is_due_for_renewal_is_taken_over_and_renewed()
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");
        _time.Advance(TimeSpan.FromDays(80));

        await using var second = await StartAsync(Wishes.Of("b.test", ["b.test", "a.test"]));
        await second.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Single(second.Events.All.OfType<LabelEvent.TakenOver>());
    }

    [Theory]
    [InlineData("other names")]
    [InlineData("fewer names")]
    [InlineData("another key type")]
    [InlineData("another profile")]
    [InlineData("another CA")]
    [InlineData("expired")]
    [InlineData("damaged")]
    [InlineData("wished as well")]
    public async Task Nothing_else_is_taken_over(string difference)
    {
        var old = Wishes.Of("a.test", ["a.test", "b.test"]);
        await using (var first = await StartAsync(old)) await first.SettleAsync("a.test");
        Wish wish = Wishes.Of("b.test", ["b.test", "a.test"]);
        switch (difference)
        {
            case "other names": wish = Wishes.Of("b.test", ["b.test", "c.test"]); break;
            case "fewer names": wish = Wishes.Of("b.test", ["b.test"]); break;
            case "another key type": wish = wish with { KeyType = AcmeKeyType.P384 }; break;
            case "another profile": (wish, _ca.Profiles) = (wish with { Profile = "short" }, ["short"]); break;
            case "another CA": _settings.DirectoryUrl = "https://ca.test:444/dir"; break;
            case "expired": _time.Advance(TimeSpan.FromDays(100)); break;
            case "damaged": _store.Damage(Assert.Single(_store.All(RecordKind.Certificate)).Key, "privkey"); break;
        }

        await using var second = difference == "wished as well" ? await StartAsync(wish, old) : await StartAsync(wish);
        await second.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, second.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Empty(second.Events.All.OfType<LabelEvent.TakenOver>());
    }

    /// <summary>It was whole when the state was read.</summary>
    [Fact]
    public async Task A_record_that_is_damaged_meanwhile_costs_an_order_and_no_name()
    {
        var wish = Wishes.Of("a.test", ["a.test", "b.test"]);
        await using var edge = await StartAsync(wish);
        await edge.SettleAsync("a.test");
        _store.Damage(Assert.Single(_store.All(RecordKind.Certificate)).Key, "privkey");

        edge.Drop("a.test");
        edge.Wish(Wishes.Of("b.test", ["b.test", "a.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    /// <summary>Two labels for one set of names are no reason for two orders: the order under way is brought to its end, and what it brings is taken over.</summary>
    [Theory]
    [InlineData("the names are validated", false)]
    [InlineData("the names are validated", true)]
    [InlineData("the certificate is made", false)]
    [InlineData("the certificate is made", true)]
    [InlineData("the CA has not been asked", true)]
    public async Task An_order_under_way_is_the_new_labels_as_well(string moment, bool isRestarted)
    {
        var (old, wish) = (Wishes.Of("a.test", ["a.test", "b.test"]), Wishes.Of("b.test", ["b.test", "a.test"]));
        (_ca.ValidationLooks, _ca.ProcessingLooks) = moment == "the names are validated" ? (8, 0) : (0, 8);
        if (moment == "the CA has not been asked") _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "not now") : null;
        var edge = await StartAsync(old);
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.NotNull(edge.Entry("a.test").Run);
        _ca.Instead = (_, _) => null;

        edge = await RenameAsync(edge, isRestarted, "a.test", wish);
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("b.test").State, edge.Status("b.test").Failures));
        Assert.Single(_ca.NewOrders);
        Assert.Equal(edge.Published.Current["a.test"].Chain.ToFullChainPem(), edge.Published.Current["b.test"].Chain.ToFullChainPem());
        Assert.Empty(_store.All(RecordKind.Order));
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task A_renewal_under_way_is_taken_over_after_the_certificate_that_it_renews()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]));
        await edge.SettleAsync("a.test");
        _ca.ValidationLooks = 8;
        while (edge.Entry("a.test").Run is null) await edge.RunUntilAsync(edge.Get<Dispatcher>().NextDue!.Value);

        await RenameAsync(edge, isRestarted: false, "a.test", Wishes.Of("b.test", ["b.test", "a.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Equal(["a.test", "a.test"], edge.Events.All.OfType<LabelEvent.TakenOver>().Select(over => over.From));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromDays(90), edge.Published.Current["b.test"].Chain.NotAfter, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task An_order_under_way_that_fails_is_followed_by_one_of_the_new_label()
    {
        _ca.ValidationLooks = 8;
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"], challenges: [ChallengeTypes.Http01]));
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        edge.Reach = (_, _) => null;

        await RenameAsync(edge, isRestarted: false, "a.test", Wishes.Of("b.test", ["b.test", "a.test"], challenges: [ChallengeTypes.Http01]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    /// <summary>Whoever waits for an outcome, a pass for one, must not wait as long as the order may.</summary>
    [Fact]
    public async Task While_the_order_under_way_is_held_the_new_label_is_held_with_its_reason()
    {
        _ca.ValidationLooks = 8;
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        _ca.Instead = (_, _) => TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "the database is down", retryAfter: 3600);

        await RenameAsync(edge, isRestarted: false, "a.test", Wishes.Of("b.test", ["b.test", "a.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("b.test").State);
        Assert.Contains("a.test", edge.Status("b.test").Reason, StringComparison.Ordinal);
        Assert.Contains("the database is down", edge.Status("b.test").Reason, StringComparison.Ordinal);

        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Single(_ca.NewOrders);
    }

    /// <summary>Which names may be left out says what follows a failure, and an order that asks for all of them has none.</summary>
    [Theory]
    [InlineData("shop", true, false)]
    [InlineData("shop", false, false)]
    [InlineData("shop", true, true)]
    [InlineData("front", true, false)]
    [InlineData("front", false, true)]
    public async Task An_order_under_way_for_all_names_is_for_the_wish_whichever_may_be_left_out(string label, bool isOptionalFirst, bool isRestarted)
    {
        _ca.ValidationLooks = 8;
        Wish Of(string name, bool isOptional) => Wishes.Of(name, isOptional ? ["www.a.test"] : ["www.a.test", "a.test"], isOptional ? ["a.test"] : []);
        var edge = await StartAsync(Of("shop", isOptionalFirst));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.NotNull(edge.Entry("shop").Run);

        edge = await RenameAsync(edge, isRestarted, "shop", Of(label, !isOptionalFirst));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Served, edge.Status(label).State);
        Assert.Equal(2, edge.Published.Current[label].Chain.Identifiers.Count);
        Assert.Single(_ca.NewOrders);
        Assert.DoesNotContain("authz-off", _ca.Requests);
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task An_order_under_way_without_a_name_that_may_not_be_left_out_any_more_is_given_up()
    {
        await using var edge = await StartAsync(Wishes.Of("shop", ["www.a.test"], ["a.test"]));
        edge.Reach = (_, name) =>
        {
            // The next order, without the name, takes its time.
            if (name == "a.test") _ca.ValidationLooks = 8;
            return name == "a.test" ? "nobody is there" : null;
        };
        while (_ca.NewOrders.Count < 2) await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.NotNull(edge.Entry("shop").Run);
        (edge.Reach, _ca.ValidationLooks) = ((_, _) => null, 0);

        await RenameAsync(edge, isRestarted: false, "shop", Wishes.Of("shop", ["www.a.test", "a.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop").State);
        Assert.Equal(2, edge.Published.Current["shop"].Chain.Identifiers.Count);
        Assert.Equal(3, _ca.NewOrders.Count);
        Assert.Single(_ca.Certificates);
    }

    /// <summary>As where two entries change their contents: what the one has, or is about to get, is the other one's.</summary>
    [Theory]
    [InlineData("the certificate is here", false)]
    [InlineData("the certificate is here", true)]
    [InlineData("the names are validated", false)]
    [InlineData("the names are validated", true)]
    [InlineData("the certificate is made", false)]
    [InlineData("the certificate is made", true)]
    public async Task The_former_label_may_be_wished_for_other_names(string moment, bool isRestarted)
    {
        (_ca.ValidationLooks, _ca.ProcessingLooks) = (moment == "the names are validated" ? 8 : 0, moment == "the certificate is made" ? 8 : 0);
        var edge = await StartAsync(Wishes.Of("shop", ["a.test", "b.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(moment == "the certificate is here", edge.Entry("shop").Run is null);

        Wish[] wishes = [Wishes.Of("shop", ["c.test"]), Wishes.Of("front", ["b.test", "a.test"])];
        if (isRestarted)
        {
            await edge.DisposeAsync();
            edge = await StartAsync(wishes);
        }
        else
        {
            edge.Get<Labels>().Change(Wishes.Between(edge.Get<Labels>().Wishes.Values, wishes), areWhole: true);
        }

        edge.Wake(["front", "shop"]);
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal((AcmeCertificateState.Served, AcmeCertificateState.Served), (edge.Status("front").State, edge.Status("shop").State));
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Equal(["a.test", "b.test"], edge.Published.Current["front"].Chain.Identifiers.Select(name => name.Value).Order());
        Assert.Equal(["c.test"], edge.Published.Current["shop"].Chain.Identifiers.Select(name => name.Value));
        Assert.DoesNotContain("authz-off", _ca.Requests);
        Assert.Empty(_store.All(RecordKind.Order));
        await edge.DisposeAsync();
    }

    [Theory]
    [InlineData("other names")]
    [InlineData("another key type")]
    [InlineData("nobody")]
    public async Task An_order_under_way_that_nobody_inherits_is_given_up(string difference)
    {
        _ca.ValidationLooks = 8;
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Wish? wish = difference switch
        {
            "other names" => Wishes.Of("b.test", ["b.test", "c.test"]),
            "another key type" => Wishes.Of("b.test", ["b.test", "a.test"]) with { KeyType = AcmeKeyType.P384 },
            _ => null,
        };

        edge.Drop("a.test");
        if (wish is not null) edge.Wish(wish);
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Contains("authz-off", _ca.Requests);
        Assert.Equal(wish is null ? 1 : 2, _ca.NewOrders.Count);
        Assert.Equal(wish is null ? 0 : 1, _ca.Certificates.Count);
    }

    /// <summary>All labels are looked at after a change of the wishes.</summary>
    private async Task<Edge> RenameAsync(Edge edge, bool isRestarted, string from, Wish to)
    {
        if (isRestarted)
        {
            await edge.DisposeAsync();
            edge = await StartAsync(to);
        }
        else
        {
            edge.Get<Labels>().Change(Wishes.Between(edge.Get<Labels>().Wishes.Values, [to]), areWhole: true);
        }

        edge.Wake([to.Label, from]);
        return edge;
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
