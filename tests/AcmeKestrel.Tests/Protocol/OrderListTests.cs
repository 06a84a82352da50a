using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Tests.Fuzzing;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>RFC 8555 section 7.1.2.1.</summary>
public sealed class OrderListTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_pages_are_read_by_POST_as_GET_and_links_may_be_relative()
    {
        using var ca = Listing("/orders/1");
        ca.Answers["/orders/1"] = _ => ScriptedCa.Json($$"""{"orders":["{{ScriptedCa.Base}}/order/1",7,"/order/2"]}""", headers: ("Link", $"<{ScriptedCa.Base}/dir>;rel=\"index\", </orders/1?cursor=2>;rel=\"next\""));
        ca.Answers["/orders/1?cursor=2"] = _ => ScriptedCa.Json($$"""{"orders":[]}""", headers: ("Link", $"<{ScriptedCa.Base}/orders/1?cursor=3>; rel=next"));
        ca.Answers["/orders/1?cursor=3"] = _ => ScriptedCa.Json($$"""{"orders":["{{ScriptedCa.Base}}/order/3"]}""");

        var orders = await ca.Account().ListOrdersAsync(Ct).ToListAsync(Ct);

        Assert.Equal([ScriptedCa.Base + "/order/1", ScriptedCa.Base + "/order/2", ScriptedCa.Base + "/order/3"], orders);
        Assert.All(ca.Requests.Where(request => request.Method == "POST"), request => Assert.Empty(request.Payload));
    }

    [Fact]
    public async Task A_CA_without_a_list_has_no_orders_to_tell()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/acct/1"] = _ => ScriptedCa.Json("""{"status":"valid"}""");

        Assert.Empty(await ca.Account().ListOrdersAsync(Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task Only_the_pages_that_are_asked_for_are_read()
    {
        using var ca = Listing("/orders/1");
        ca.Answers["/orders/1"] = _ => ScriptedCa.Json($$"""{"orders":["{{ScriptedCa.Base}}/order/1"]}""", headers: ("Link", "</orders/2>;rel=\"next\""));

        Assert.Equal(ScriptedCa.Base + "/order/1", await ca.Account().ListOrdersAsync(Ct).FirstAsync(Ct));

        Assert.Equal(0, ca.Count("/orders/2"));
    }

    [Fact]
    public async Task Pages_in_a_circle_and_pages_without_end_end()
    {
        using var ca = Listing("/orders/1");
        ca.Answers["/orders/1"] = _ => ScriptedCa.Json("""{"orders":[]}""", headers: ("Link", "</orders/1>;rel=\"next\""));
        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(async () => await ca.Account().ListOrdersAsync(Ct).ToListAsync(Ct))).Fault);
        Assert.Equal(1, ca.Count("/orders/1"));

        var page = 0;
        using var endless = Listing("/orders/0");
        for (var i = 0; i <= OrderList.MaxPages + 1; i++) endless.Answers[$"/orders/{i}"] = _ => ScriptedCa.Json("""{"orders":[]}""", headers: ("Link", $"</orders/{++page}>;rel=\"next\""));
        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(async () => await endless.Account().ListOrdersAsync(Ct).ToListAsync(Ct))).Fault);
        Assert.Equal(OrderList.MaxPages, page);
    }

    [Theory]
    [InlineData("""{"orders":["http://ca.example.test/order/1"]}""", "")]
    [InlineData("""{"orders":[]}""", "<http://ca.example.test/orders/2>;rel=\"next\"")]
    [InlineData("[]", "")]
    [InlineData("<html>", "")]
    public async Task Only_https_URLs_come_out_of_it(string body, string link)
    {
        using var ca = Listing("/orders/1");
        ca.Answers["/orders/1"] = _ => ScriptedCa.Json(body, headers: ("Link", link));

        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(async () => await ca.Account().ListOrdersAsync(Ct).ToListAsync(Ct))).Fault);
    }

    /// <summary>As many as fit into the largest answer; made into URLs they would be two hundred times its size.</summary>
    [Fact]
    public void A_page_of_countless_references_is_no_list()
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"orders":[{{string.Join(',', Enumerable.Repeat("\"x\"", 250_000))}}]}""");

        var fault = Allocation.Within(64, 128 * 1024, body.Length, () => Assert.Throws<AcmeException>(() => OrderList.ReadPage(new AcmeResponse(ScriptedCa.Base + "/orders/1", 200, body))));

        Assert.Equal(AcmeFault.Protocol, fault.Fault);
        Assert.InRange(body.Length, AcmePost.JsonLimit / 2, AcmePost.JsonLimit);
    }

    private static ScriptedCa Listing(string path)
    {
        var ca = new ScriptedCa();
        ca.Answers["/acct/1"] = _ => ScriptedCa.Json($$"""{"status":"valid","orders":"{{ScriptedCa.Base}}{{path}}"}""");
        return ca;
    }
}
