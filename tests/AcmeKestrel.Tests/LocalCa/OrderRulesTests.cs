using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 8555 sections 7.4 and 7.5 apart from HTTP: what a test can change about them.</summary>
public sealed class OrderRulesTests
{
    private readonly CaRules _ca = new();

    [Theory]
    [InlineData(0, 3, 0, 0, false)]
    [InlineData(3, 3, 0, 3, false)]
    [InlineData(4, 3, 0, 3, true)]
    [InlineData(4, 3, 1, 1, false)]
    [InlineData(4, 3, 2, 0, false)]
    [InlineData(4, 1, 2, 1, true)]
    [InlineData(4, int.MaxValue, int.MaxValue, 0, false)]
    public void An_order_list_is_cut_into_pages(int orders, int size, int number, int shown, bool more)
    {
        var all = Enumerable.Range(0, orders).Select(i => new Order($"{i}", "a", [], [], default, Status.Pending)).ToList();
        var page = OrderPage.Cut(all, number, size);

        Assert.Equal((shown, more), (page.Orders.Count, page.More));
        if (shown > 0) Assert.Equal($"{number * size}", page.Orders[0].Id);
    }

    [Fact]
    public void An_order_list_holds_the_accounts_own_orders_that_are_not_over()
    {
        var (account, other) = (_ca.NewAccount(), _ca.NewAccount());
        var kept = _ca.Order(account, "a.test");
        _ca.Conclude(account, _ca.Order(account, "b.test"), Problem.Unauthorized("no"));
        _ca.Order(other, "c.test");

        Assert.Equal([kept.Id], _ca.Orders.List(account).Select(o => o.Id));
    }

    [Fact]
    public void A_page_holds_at_least_one_order() => Assert.Throws<ArgumentOutOfRangeException>(() => _ca.Options.OrdersPerPage = 0);

    [Theory]
    [InlineData("shop.test", "dns-01", "http-01 tls-alpn-01 dns-01")]
    [InlineData("shop.test", "", "http-01 tls-alpn-01")]
    [InlineData("shop.test", "dns-persist-01", "http-01 tls-alpn-01 dns-persist-01")]
    [InlineData("127.0.0.1", "dns-01 dns-account-01 dns-persist-01", "http-01 tls-alpn-01")]
    [InlineData("*.shop.test", "dns-01", "dns-01")]
    [InlineData("*.shop.test", "dns-01 dns-account-01 dns-persist-01", "dns-01 dns-account-01 dns-persist-01")]
    [InlineData("*.shop.test", "dns-persist-01", "dns-persist-01")]
    public void What_can_prove_an_identifier_is_offered(string name, string offered, string types)
    {
        (_ca.Options.OfferDns01, _ca.Options.OfferDnsAccount01, _ca.Options.OfferDnsPersist01) = (offered.Contains("dns-01", StringComparison.Ordinal), offered.Contains("account", StringComparison.Ordinal), offered.Contains("persist", StringComparison.Ordinal));
        var account = _ca.NewAccount();
        var authorization = _ca.Orders.Authorization(account, Assert.Single(_ca.Order(account, name).Authorizations));

        Assert.Equal(types, string.Join(' ', authorization.Challenges.Select(c => c.Type)));
    }

    [Fact]
    public void A_wildcard_and_its_name_are_proven_side_by_side()
    {
        _ca.Options.AuthorizationReuse = TimeSpan.FromHours(1);
        var account = _ca.NewAccount();
        var order = _ca.Order(account, "shop.test", "*.shop.test");
        var authorizations = order.Authorizations.Select(id => _ca.Orders.Authorization(account, id)).ToList();

        Assert.Equal([("shop.test", false), ("shop.test", true)], authorizations.Select(a => (a.Identifier.Value, a.Wildcard)));
        Assert.Equal(["shop.test", "*.shop.test"], order.Identifiers.Select(i => i.Value));

        // The proof of one is none of the other.
        _ca.Conclude(account, _ca.Order(account, "bare.test"));
        Assert.Equal(Status.Pending, _ca.Order(account, "*.bare.test").Status);
        Assert.Equal(Status.Ready, _ca.Order(account, "bare.test").Status);
        Assert.Equal("shop.test", _ca.Orders.Begin(account, authorizations[1].Challenges[0].Id, "https://ca.test/account/1", ["ca.test"]).Identifier);
    }

    [Theory]
    [InlineData("foo.*.test")]
    [InlineData("*.*.test")]
    [InlineData("*.test")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("*shop.test")]
    [InlineData("*.example.com")]
    [InlineData("*.127.0.0.1")]
    public void A_star_stands_for_one_whole_label_before_a_local_name(string name) =>
        Assert.Equal("rejectedIdentifier", CaRules.Refused(() => IdentifierPolicy.Check([new Identifier(Identifier.Dns, name)], wildcards: true)).Type);

    [Fact]
    public void Wildcards_are_taken_only_where_they_can_be_proven()
    {
        IdentifierPolicy.Check([new Identifier(Identifier.Dns, "*.shop.test"), new Identifier(Identifier.Dns, "*.localhost")], wildcards: true);

        Assert.Equal("rejectedIdentifier", CaRules.Refused(() => IdentifierPolicy.Check([new Identifier(Identifier.Dns, "*.shop.test")], wildcards: false)).Type);
    }

    [Fact]
    public void Names_below_another_name_of_the_order_can_share_its_authorization()
    {
        _ca.Options.ShareAuthorizations = true;
        var account = _ca.NewAccount();
        string[] names = ["www.shop.test", "shop.test", "a.b.shop.test", "noshop.test", "*.shop.test", "127.0.0.1"];
        var order = _ca.Order(account, names);

        Assert.Equal(
            ["shop.test", "noshop.test", "shop.test", "127.0.0.1"],
            order.Authorizations.Select(id => _ca.Orders.Authorization(account, id).Identifier.Value));
        _ca.Conclude(account, order);
        Assert.Equal((Status.Ready, names.Length), (_ca.Orders.Poll(account, order.Id).Status, order.Identifiers.Count));
    }

    [Fact]
    public void A_pending_authorization_can_end_before_its_order_and_takes_it_along()
    {
        _ca.Options.PendingAuthorizationLifetime = TimeSpan.FromHours(1);
        var account = _ca.NewAccount();
        var (late, early) = (_ca.Order(account, "late.test"), _ca.Order(account, "early.test"));
        _ca.Conclude(account, early);

        _ca.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Status.Expired, _ca.Orders.Authorization(account, late.Authorizations[0]).Status);
        Assert.Equal(Status.Invalid, _ca.Orders.Poll(account, late.Id).Status);
        Assert.Equal(Status.Ready, _ca.Orders.Poll(account, early.Id).Status);
    }

    [Fact]
    public void An_order_ends_when_its_time_is_over()
    {
        _ca.Options.OrderLifetime = TimeSpan.FromHours(8);
        var account = _ca.NewAccount();
        var order = _ca.Order(account, "shop.test");

        _ca.Time.Advance(TimeSpan.FromHours(8) - TimeSpan.FromTicks(1));
        Assert.Equal(Status.Pending, _ca.Orders.Poll(account, order.Id).Status);
        _ca.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(Status.Invalid, _ca.Orders.Poll(account, order.Id).Status);
    }
}
