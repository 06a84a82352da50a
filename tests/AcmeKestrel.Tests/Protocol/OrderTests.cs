using System.Net;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Answers;

namespace AcmeKestrel.Tests.Protocol;

public sealed class OrderTests
{
    private const string OrderUrl = ScriptedCa.Base + "/order/1";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Each would be a request, and one again at each look.</summary>
    [Fact]
    public async Task An_order_of_more_authorizations_than_any_order_needs_is_no_order()
    {
        using var ca = new ScriptedCa();
        var listed = Enumerable.Range(0, OrderReader.MaxAuthorizations).Select(i => $"\"{ScriptedCa.Base}/authz/{i}\"").ToList();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json($$"""{"status":"pending","finalize":"{{ScriptedCa.Base}}/finalize","authorizations":[{{string.Join(',', listed)}}]}""");
        var account = ca.Account();

        // One that is listed twice is one.
        listed.Add(listed[0]);
        Assert.Equal(OrderReader.MaxAuthorizations, (await account.GetOrderAsync(ScriptedCa.Base + "/order/1", TestContext.Current.CancellationToken)).Authorizations.Count);

        listed.Add($"\"{ScriptedCa.Base}/authz/more\"");
        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(ScriptedCa.Base + "/order/1", TestContext.Current.CancellationToken));
        Assert.Equal(AcmeFault.Protocol, fault.Fault);
    }

    [Fact]
    public async Task An_order_says_what_is_wanted_and_nothing_else()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json(Json.Order("ready"), HttpStatusCode.Created, ("Location", OrderUrl), ("Retry-After", "3"));
        var account = ca.Account();

        var order = await account.OrderAsync(new([AcmeIdentifier.Parse("shop.test"), AcmeIdentifier.Parse("192.0.2.1"), AcmeIdentifier.Parse("*.shop.test")]), Ct);
        await account.OrderAsync(new([AcmeIdentifier.Parse("shop.test")]) { Profile = "shortlived", Replaces = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE" }, Ct);

        Assert.Equal((OrderUrl, AcmeStatus.Ready, ScriptedCa.Base + "/order/1/finalize", TimeSpan.FromSeconds(3)), (order.Url, order.Status, order.Finalize, order.RetryAfter));
        Assert.Equal(["shop.test", "www.shop.test"], order.Identifiers.Select(identifier => identifier.Value));
        Assert.Equal([ScriptedCa.Base + "/authz/2", ScriptedCa.Base + "/authz/1"], order.Authorizations);
        Assert.Equal(DateTimeOffset.Parse("2026-11-24T10:00:00.1234568Z", null), order.Expires);
        Assert.Equal(
            [
                """{"identifiers":[{"type":"dns","value":"shop.test"},{"type":"ip","value":"192.0.2.1"},{"type":"dns","value":"*.shop.test"}]}""",
                """{"identifiers":[{"type":"dns","value":"shop.test"}],"profile":"shortlived","replaces":"aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"}""",
            ],
            ca.Requests.Where(request => request.Path == "/new-order").Select(request => request.PayloadText));
    }

    [Fact]
    public async Task Looking_sends_an_empty_payload_and_starting_sends_an_empty_object()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order());
        ca.Answers["/authz/1"] = _ => ScriptedCa.Json(Json.Authorization());
        ca.Answers["/chall/1"] = _ => ScriptedCa.Json(Json.Challenge(status: "processing"));
        ca.Answers["/cert/1"] = _ => ScriptedCa.Json("");
        var account = ca.Account();

        await account.GetOrderAsync(OrderUrl, Ct);
        await account.GetAuthorizationAsync(ScriptedCa.Base + "/authz/1", Ct);
        await account.DownloadAsync(ScriptedCa.Base + "/cert/1", Ct);
        Assert.Equal(AcmeStatus.Processing, (await account.AnswerAsync(ScriptedCa.Base + "/chall/1", Ct)).Status);
        await account.DeactivateAuthorizationAsync(ScriptedCa.Base + "/authz/1", Ct);

        Assert.Equal(["", "", "", "{}", """{"status":"deactivated"}"""], ca.Requests.Where(request => request.Method == "POST").Select(request => request.PayloadText));
    }

    [Theory]
    [InlineData("/odd/../path//x%2f%2F?a=b&c=%7e")]
    [InlineData("/order/1?x=%C3%A4")]
    public async Task The_URL_is_signed_and_sent_exactly_as_the_CA_gave_it(string path)
    {
        using var ca = new ScriptedCa();
        ca.Answers[path] = _ => ScriptedCa.Json(Json.Order());

        await ca.Account().GetOrderAsync(ScriptedCa.Base + path, Ct);

        var request = ca.Requests.Single(request => request.Method == "POST");
        Assert.Equal((path, ScriptedCa.Base + path), (request.Path, request.Header.GetProperty("url").GetString()));
        Assert.Equal(ScriptedCa.AccountUrl, request.Header.GetProperty("kid").GetString());
    }

    [Theory]
    [InlineData("/order/1", ScriptedCa.Base + "/order/1")]
    [InlineData("//other.example.test/order/1", "https://other.example.test/order/1")]
    [InlineData("order/1", "https://ca.example.test/order/1")]
    [InlineData(ScriptedCa.Base + "/a/../order", ScriptedCa.Base + "/a/../order")]
    [InlineData(ScriptedCa.Base + "/order?x=[%7e]", ScriptedCa.Base + "/order?x=[%7e]")]
    public async Task A_relative_Location_is_resolved_and_an_absolute_one_left_alone(string location, string expected)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json(Json.Order(), HttpStatusCode.Created, ("Location", location));

        Assert.Equal(expected, (await ca.Account().OrderAsync(new([]), Ct)).Url);
    }

    [Fact]
    public async Task Finalizing_sends_the_CSR_and_keeps_the_order_URL_without_a_Location()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1/finalize"] = _ => ScriptedCa.Json(Json.Order("processing"), HttpStatusCode.OK, ("Retry-After", "Mon, 23 Nov 2026 10:00:15 GMT"));

        var order = await ca.Account().FinalizeAsync(new(OrderUrl, AcmeStatus.Ready, [], [], ScriptedCa.Base + "/order/1/finalize"), new byte[] { 0xFB, 0xFF, 0 }, Ct);

        Assert.Equal((OrderUrl, AcmeStatus.Processing, TimeSpan.FromSeconds(15)), (order.Url, order.Status, order.RetryAfter));
        Assert.Equal("""{"csr":"-_8A"}""", ca.Requests.Last().PayloadText);
    }

    [Fact]
    public async Task An_invalid_order_tells_why()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(Json.Order("invalid", ""","error":{"type":"urn:ietf:params:acme:error:serverInternal","detail":"Error finalizing order","status":500}"""));

        var order = await ca.Account().GetOrderAsync(OrderUrl, Ct);

        Assert.Equal((AcmeStatus.Invalid, "Error finalizing order"), (order.Status, order.Error?.Detail));
    }

    [Fact]
    public async Task A_valid_order_may_be_late_with_its_certificate_and_odd_in_what_is_optional()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json($$"""
            {"status":"valid","expires":"tomorrow","identifiers":[{"type":"permanent-identifier","value":"x"},{"type":"dns","value":"192.0.2.1"},7,{"type":"dns","value":"a.test","ancestorDomain":"test"}],
             "authorizations":[],"finalize":"{{ScriptedCa.Base}}/f","error":null,"certificate":null,"profile":9,"notBefore":{} }
            """);

        var order = await ca.Account().GetOrderAsync(OrderUrl, Ct);

        Assert.Equal((AcmeStatus.Valid, null, null, null, null), (order.Status, order.Certificate, order.Expires, order.Error, order.Profile));
        Assert.Equal("a.test", Assert.Single(order.Identifiers).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"status\":")]
    [InlineData("<html>")]
    public async Task An_order_that_is_none_is_a_protocol_fault(string body)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Json(body);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().GetOrderAsync(OrderUrl, Ct));

        Assert.Equal(AcmeFault.Protocol, fault.Fault);
        Assert.True(fault.MayHaveBeenProcessed);
    }

    [Fact]
    public async Task A_byte_order_mark_is_forgiven()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Answer([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Json.Order())], HttpStatusCode.OK);

        Assert.Equal(AcmeStatus.Pending, (await ca.Account().GetOrderAsync(OrderUrl, Ct)).Status);
    }

    [Fact]
    public async Task The_chain_comes_as_it_is_with_its_alternates()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/cert/1"] = _ => ScriptedCa.Json("PEM", HttpStatusCode.OK, ("Link", """<https://ca.example.test/cert/1/1>;rel="alternate", </cert/1/2>;rel="alternate", </dir>;rel="index" """));

        var download = await ca.Account().DownloadAsync(ScriptedCa.Base + "/cert/1", Ct);

        Assert.Equal("PEM"u8, download.Pem.Span);
        Assert.Equal(["https://ca.example.test/cert/1/1", ScriptedCa.Base + "/cert/1/2"], download.Alternates);
        Assert.Equal("application/pem-certificate-chain", ca.Requests.Last().Message.Headers.NonValidated["Accept"].ToString());
    }

    [Fact]
    public async Task Authorize_orders_each_domain_once_and_returns_the_order_with_its_challenges()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json(Json.Order(), HttpStatusCode.Created, ("Location", OrderUrl));
        ca.Answers["/authz/1"] = _ => ScriptedCa.Json(Json.Authorization(challenges: Json.Challenge()));
        ca.Answers["/authz/2"] = _ => ScriptedCa.Json(Json.Authorization("valid", identifier: """{"type":"dns","value":"www.shop.test"}"""));

        var ordered = await ca.Account().AuthorizeAsync(["shop.test", "WWW.shop.test.", "www.shop.test"], Ct);

        Assert.Equal(OrderUrl, ordered.Order.Url);
        Assert.NotEmpty(ordered.Order.Finalize);
        Assert.Equal(["www.shop.test", "shop.test"], ordered.Authorizations.Select(authorization => authorization.Identifier.Value));
        Assert.Equal(2, JsonDocument.Parse(ca.Requests.First(request => request.Path == "/new-order").Payload).RootElement.GetProperty("identifiers").GetArrayLength());
        await Assert.ThrowsAsync<FormatException>(() => ca.Account().AuthorizeAsync(["foo.*.test"], Ct));
    }
}
