using System.Net;
using System.Text;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A name that may be left out is left out where it is at fault, and not for what is nobody's: it would be missing for as long as a certificate lives.</summary>
public sealed class OptionalNameTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public OptionalNameTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData("serverInternal")]
    [InlineData("malformed")]
    [InlineData("caa")]
    public async Task A_renewal_whose_order_the_ca_makes_invalid_without_a_word_of_a_name_keeps_both(string type)
    {
        _ca.Instead = (kind, _) =>
        {
            if (kind == "finalize" && _ca.Orders.Count == 2) (_ca.Orders.Last().Status, _ca.Orders.Last().Error, _ca.Orders.Last().ErrorType) = ("invalid", "Error finalizing order", type);
            return null;
        };

        await AssertBothAreRenewedAsync();
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task A_page_in_the_place_of_a_new_order_is_no_word_of_a_name(HttpStatusCode status)
    {
        var pages = 0;
        _ca.Instead = (kind, _) => kind == "order" && _ca.Orders.Count == 1 && pages++ == 0 ? new HttpResponseMessage(status) { Content = new StringContent("<html>", Encoding.UTF8, "text/html") } : null;

        await AssertBothAreRenewedAsync();
        Assert.Equal(2, pages);
    }

    /// <summary>The CA will not have the name whenever it is asked for it: the other one is renewed in time.</summary>
    [Theory]
    [InlineData("caa")]
    [InlineData("malformed")]
    public async Task A_refusal_that_does_not_end_leaves_the_certificate_without_the_name_in_time(string type)
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("www.shop.test");
        var first = edge.Published.Current["www.shop.test"].Chain;
        _ca.Instead = (kind, payload) => kind == "order" && payload!["identifiers"]!.AsArray().Count == 2 ? TestCa.Problem(HttpStatusCode.Forbidden, type, "not for you") : null;

        await edge.RunUntilAsync(first.NotAfter.AddHours(-1));

        Assert.Equal(["www.shop.test"], edge.Published.Current["www.shop.test"].Chain.Identifiers.Select(name => name.Value));
        Assert.Equal(["shop.test"], edge.Status("www.shop.test").DroppedNames);
    }

    [Theory]
    [InlineData("rejectedIdentifier", 0, 2)]
    [InlineData("malformed", 15, 130)]
    public async Task A_new_certificate_does_without_a_name_that_is_refused_and_not_named(string type, int from, int to)
    {
        _ca.Instead = (kind, payload) => kind == "order" && payload!["identifiers"]!.AsArray().Count == 2 ? TestCa.Problem(HttpStatusCode.Forbidden, type, "not for you") : null;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromMinutes(from));
        Assert.Empty(_ca.Certificates);

        await edge.RunAsync(TimeSpan.FromMinutes(to - from));
        Assert.Single(_ca.Certificates);
    }

    private async Task AssertBothAreRenewedAsync()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("www.shop.test");

        await edge.RunAsync(TimeSpan.FromDays(62));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(["www.shop.test", "shop.test"], _ca.Certificates[^1].Names);
        Assert.Empty(edge.Status("www.shop.test").DroppedNames);
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("www.shop.test", optional: ["shop.test"])]);
}
