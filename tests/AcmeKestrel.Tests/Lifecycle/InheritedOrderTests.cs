using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An order under way when its names come under another label, or its label gets other names: it is bought once.</summary>
public sealed class InheritedOrderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public InheritedOrderTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

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
            edge.Get<Labels>().Change(Wishes.Between(edge.Get<Labels>().Wishes, wishes), areWhole: true);
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
            edge.Get<Labels>().Change(Wishes.Between(edge.Get<Labels>().Wishes, [to]), areWhole: true);
        }

        edge.Wake([to.Label, from]);
        return edge;
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
