using System.Net;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>What an error means: section 6.7 of RFC 8555 and what the CAs made of it.</summary>
public sealed class PolicyTests
{
    [Theory]
    [InlineData("rateLimited", 429, "too many certificates already issued", AcmeFault.RateLimited)]
    [InlineData("rateLimited", 403, "too many", AcmeFault.RateLimited)]
    [InlineData("rateLimited", 429, "Your account is temporarily prevented from requesting certificates for shop.test. Please visit: https://portal.example.test/sfe/v1/unpause?jwt=e30", AcmeFault.HumanNeeded)]
    [InlineData("rateLimited", 429, "too many failed authorizations (5) for 'paused.example.com' in the last 1h0m0s, retry after 2026-11-23 11:00:00 UTC", AcmeFault.RateLimited)]
    [InlineData("rateLimited", 429, "too many certificates (50) already issued for 'unpause.example.com' in the last 168h0m0s", AcmeFault.RateLimited)]
    [InlineData("serverInternal", 500, "oops", AcmeFault.Server)]
    [InlineData("serverInternal", 400, "oops", AcmeFault.Server)]
    [InlineData("userActionRequired", 403, "terms changed", AcmeFault.HumanNeeded)]
    [InlineData("agreementRequired", 403, "terms", AcmeFault.HumanNeeded)]
    [InlineData("externalAccountRequired", 403, "eab", AcmeFault.HumanNeeded)]
    [InlineData("accountDoesNotExist", 400, "who?", AcmeFault.AccountUnknown)]
    [InlineData("unauthorized", 403, "not yours", AcmeFault.Rejected)]
    [InlineData("unauthorized", 401, "not yours", AcmeFault.Rejected)]
    [InlineData("malformed", 400, "terms of service", AcmeFault.Rejected)]
    [InlineData("orderNotReady", 403, "not yet", AcmeFault.Rejected)]
    [InlineData("badCSR", 400, "no", AcmeFault.Rejected)]
    [InlineData("alreadyReplaced", 409, "no", AcmeFault.Rejected)]
    [InlineData("rejectedIdentifier", 400, "no", AcmeFault.Rejected)]
    [InlineData("invalidProfile", 400, "no", AcmeFault.Rejected)]
    [InlineData("somethingNew", 418, "no", AcmeFault.Rejected)]
    [InlineData("conflict", 409, "no", AcmeFault.Rejected)]
    public async Task A_problem_says_whether_a_retry_can_help(string type, int status, string detail, AcmeFault expected)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Problem(type, (HttpStatusCode)status, detail);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), TestContext.Current.CancellationToken));

        Assert.Equal((expected, status), (fault.Fault, fault.StatusCode));
        Assert.True(fault.Problem!.Is(type));
        Assert.Contains(detail, fault.Message, StringComparison.Ordinal);
        Assert.Contains("ca.example.test:443/new-order", fault.Message, StringComparison.Ordinal);
        Assert.Equal(expected is AcmeFault.RateLimited or AcmeFault.Server, fault.IsProviderFault);
    }

    [Theory]
    [InlineData("userActionRequired", 403, "must agree")]
    [InlineData("agreementRequired", 403, "must agree")]
    [InlineData("malformed", 400, "must agree to terms of service")]
    [InlineData("unauthorized", 403, "An account with the provided public key exists but is deactivated")]
    [InlineData("unauthorized", 401, "Account is not active")]
    [InlineData("externalAccountRequired", 403, "EAB")]
    public async Task A_registration_that_needs_a_human_says_so(string type, int status, string detail)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-account"] = _ => ScriptedCa.Problem(type, (HttpStatusCode)status, detail);
        using var key = AcmeAccountKey.Create();

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().RegisterAsync(key, new AcmeRegistration(), TestContext.Current.CancellationToken));

        Assert.Equal(AcmeFault.HumanNeeded, fault.Fault);
    }

    [Theory]
    [InlineData(429, "", AcmeFault.RateLimited)]
    [InlineData(503, "<html><body>Service busy; retry later</body></html>", AcmeFault.Server)]
    [InlineData(502, "<html>", AcmeFault.Server)]
    [InlineData(500, "", AcmeFault.Server)]
    [InlineData(404, "", AcmeFault.Rejected)]
    [InlineData(403, "{}", AcmeFault.Rejected)]
    [InlineData(400, "[1]", AcmeFault.Rejected)]
    [InlineData(400, "{\"type\":7,\"detail\":[],\"status\":\"x\",\"subproblems\":{}}", AcmeFault.Rejected)]
    public async Task An_error_without_a_problem_document_is_judged_by_its_status(int status, string body, AcmeFault expected)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json(body, (HttpStatusCode)status, ("Retry-After", "120"));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), TestContext.Current.CancellationToken));

        Assert.Equal((expected, status, TimeSpan.FromSeconds(120)), (fault.Fault, fault.StatusCode, fault.RetryAfter));
        Assert.Equal(body.StartsWith('{') ? "about:blank" : null, fault.Problem?.Type);
    }

    [Fact]
    public async Task An_error_page_too_large_to_read_is_still_the_error_it_is()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Answer(new byte[2_000_000], HttpStatusCode.BadGateway);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), TestContext.Current.CancellationToken));

        Assert.Equal(AcmeFault.Server, fault.Fault);
    }

    [Fact]
    public async Task Subproblems_instance_and_algorithms_are_kept()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json("""
            {"type":"urn:ietf:params:acme:error:compound","detail":"Errors during validation\u0007\nforged line","status":400,"instance":"https://ca.example.test/agree","algorithms":["ES256",1,"ES\u001b[31m384"],
             "subproblems":[{"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"policy forbids","identifier":{"type":"dns","value":"bad.test"}},
                            {"type":"urn:ietf:params:acme:error:caa","detail":"CAA","identifier":{"type":"dns","value":"not a name"}}, 7]}
            """, HttpStatusCode.BadRequest);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), TestContext.Current.CancellationToken));

        var problem = fault.Problem!;
        Assert.Equal(["bad.test", null], problem.Subproblems.Select(sub => sub.Identifier?.Value));
        Assert.Equal("https://ca.example.test/agree", problem.Instance);
        Assert.Equal(["ES256", "ES [31m384"], problem.Algorithms);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.Contains("bad.test: rejectedIdentifier: policy forbids", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_stays_readable_however_much_the_CA_says()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json($$"""{"subproblems":[{{string.Join(',', Enumerable.Repeat("""{"detail":"no"}""", 10_000))}}] }""", HttpStatusCode.BadRequest);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), TestContext.Current.CancellationToken));

        Assert.Equal(1000, fault.Problem!.Subproblems.Count);
        Assert.InRange(fault.Message.Length, 100, 10_000);
    }

    [Fact]
    public async Task A_text_that_is_cut_is_still_text()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json($$"""{"detail":"{{new string('x', 4095)}}\ud83d\ude00"}""", HttpStatusCode.BadRequest);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), TestContext.Current.CancellationToken));

        Assert.Equal(new string('x', 4095) + "...", fault.Problem!.Detail);
        Assert.DoesNotContain(fault.Message, char.IsSurrogate);
    }

    [Fact]
    public async Task An_early_404_of_a_certificate_can_be_told()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account();

        var fault = await Assert.ThrowsAsync<AcmeException>(() => account.DownloadAsync(ScriptedCa.Base + "/cert/1", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<AcmeException>(() => account.DownloadAsync(ScriptedCa.Base + "/cert/1", TestContext.Current.CancellationToken));

        Assert.Equal((AcmeFault.Rejected, 404), (fault.Fault, fault.StatusCode));
        Assert.Equal(1, ca.Count("/dir"));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_never_followed(int status)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/order/1"] = _ => ScriptedCa.Answer([], (HttpStatusCode)status, ("Location", ScriptedCa.Base + "/order/2"));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().GetOrderAsync(ScriptedCa.Base + "/order/1", TestContext.Current.CancellationToken));

        Assert.Equal((AcmeFault.Protocol, status), (fault.Fault, fault.StatusCode));
        Assert.Equal(0, ca.Count("/order/2"));
    }
}
