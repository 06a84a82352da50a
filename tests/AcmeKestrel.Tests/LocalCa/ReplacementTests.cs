using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 9773 section 5.</summary>
public sealed class ReplacementTests
{
    private readonly Desks _desks = new();
    private readonly Account _account;
    private readonly IssuedCertificate _old;

    public ReplacementTests()
    {
        _account = _desks.NewAccount();
        _old = _desks.Issue(_account, ["shop.test", "www.shop.test"]);
    }

    [Fact]
    public void An_order_says_what_it_replaces()
    {
        Assert.Equal(_old.RenewalId.Text, Replace("shop.test", "new.test").Replaces);
        Assert.Null(_desks.Order(_account, ["shop.test"]).Replaces);
    }

    [Fact]
    public void A_certificate_is_replaced_by_one_order_from_newOrder_on_and_for_good()
    {
        var order = Replace("shop.test");
        Assert.Equal(("alreadyReplaced", 409), Desks.Refused(() => Replace("shop.test")));
        order = _desks.Prove(_account, order);
        Assert.Equal(Status.Ready, order.Status);
        Assert.Equal(("alreadyReplaced", 409), Desks.Refused(() => Replace("www.shop.test")));

        _desks.Options.ProcessingPolls = 1;
        Assert.Equal(Status.Processing, _desks.Finalize(_account, order).Status);
        Assert.Equal(("alreadyReplaced", 409), Desks.Refused(() => Replace("shop.test")));
        _desks.Orders.Poll(_account, order.Id);
        Assert.Equal(Status.Valid, _desks.Orders.Poll(_account, order.Id).Status);
        _desks.Time.Advance(TimeSpan.FromDays(60));
        Assert.Equal(("alreadyReplaced", 409), Desks.Refused(() => Replace("shop.test")));
    }

    [Fact]
    public void An_order_that_failed_or_expired_frees_what_it_would_have_replaced()
    {
        Assert.Equal(Status.Invalid, _desks.Prove(_account, Replace("shop.test"), new Problem("connection", 400, "nobody home")).Status);
        Replace("shop.test");
        _desks.Time.Advance(_desks.Options.OrderLifetime);

        Assert.Equal(_old.RenewalId.Text, Replace("shop.test").Replaces);
    }

    [Fact]
    public void The_replacement_can_be_replaced()
    {
        var next = _desks.Issue(_account, ["shop.test"], replaces: _old.RenewalId.Text);

        Assert.Equal(next.RenewalId.Text, _desks.Order(_account, ["shop.test"], replaces: next.RenewalId.Text).Replaces);
    }

    [Fact]
    public void It_takes_the_same_account_and_a_name_in_common()
    {
        Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Order(_desks.NewAccount(), ["shop.test"], replaces: _old.RenewalId.Text)));
        Assert.Equal(("malformed", 400), Desks.Refused(() => Replace("other.test")));
    }

    [Theory]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", 404)]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.h2VDIQ", 400)]
    [InlineData("", 400)]
    public void A_certificate_that_is_none_of_this_CA_is_refused(string id, int status) =>
        Assert.Equal(("malformed", status), Desks.Refused(() => _desks.Order(_account, ["shop.test"], replaces: id)));

    [Fact]
    public void A_CA_without_renewal_info_replaces_nothing()
    {
        _desks.Options.RenewalInfo = false;

        Assert.Equal(("malformed", 400), Desks.Refused(() => Replace("shop.test")));
    }

    [Fact]
    public void A_reused_order_replaces_the_same_and_is_no_second_one()
    {
        _desks.Options.OrderReuse = true;
        var plain = _desks.Order(_account, ["shop.test"]);
        var replacing = Replace("shop.test");

        Assert.NotEqual(plain.Id, replacing.Id);
        Assert.Equal(replacing.Id, Replace("shop.test").Id);
        Assert.Equal(plain.Id, _desks.Order(_account, ["shop.test"]).Id);
        Assert.Equal(("alreadyReplaced", 409), Desks.Refused(() => Replace("www.shop.test")));
    }

    [Fact]
    public async Task Over_HTTP_an_order_echoes_it_and_a_second_one_is_a_409()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        // A number whose first bit is set: the 00 before it belongs to the identifier.
        ca.Options.Serials = () => [0x87, 0x65, 0x43, 0x21];
        using var leaf = await ca.CertificateAsync("shop.test");
        var id = TestCaOverHttp.RenewalId(leaf);
        Assert.EndsWith(".AIdlQyE", id, StringComparison.Ordinal);

        var order = await ca.OrderAsync("shop.test", ("replaces", id));
        Assert.Equal(id, (string)order.Json["replaces"]!);
        Assert.Equal(id, (string)(await ca.Client.ReadAsync(order.Header("Location")!)).Json["replaces"]!);
        Assert.Equal((409, "alreadyReplaced"), await ca.OrderAsync("shop.test", ("replaces", id)) is var again ? (again.Status, again.Problem) : default);
        Assert.Null((await ca.OrderAsync("shop.test")).Json["replaces"]);
    }

    private Order Replace(params string[] names) => _desks.Order(_account, names, replaces: _old.RenewalId.Text);
}
