using System.Net;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

public sealed class AccountTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AcmeSignatureAlgorithm.ES256)]
    [InlineData(AcmeSignatureAlgorithm.ES384)]
    [InlineData(AcmeSignatureAlgorithm.ES512)]
    [InlineData(AcmeSignatureAlgorithm.RS256)]
    public async Task Any_key_registers_and_then_signs_by_its_account_URL(AcmeSignatureAlgorithm algorithm)
    {
        using var ca = Registering();
        ca.Answers["/acct/1"] = _ => ScriptedCa.Json("{}");
        using var key = AcmeAccountKey.Create(algorithm);

        var account = await ca.Client().RegisterAsync(key, new AcmeRegistration { Contact = ["mailto:ops@example.test"], TermsOfServiceAgreed = true }, Ct);
        await account.DeactivateAsync(Ct);

        Assert.Equal(ScriptedCa.AccountUrl, account.Url);
        Assert.Equal(
            ["""{"termsOfServiceAgreed":true,"contact":["mailto:ops@example.test"]}""", """{"status":"deactivated"}"""],
            ca.Requests.Where(request => request.Method == "POST").Select(request => request.PayloadText));
    }

    [Theory]
    [InlineData(HttpStatusCode.Created, """{"status":"valid","contact":[],"orders":"https://ca.example.test/orders/1"}""")]
    [InlineData(HttpStatusCode.OK, """{"status":"valid"}""")]
    [InlineData(HttpStatusCode.OK, "")]
    public async Task A_new_and_an_old_account_are_both_success_whatever_the_body_lacks(HttpStatusCode status, string body)
    {
        using var ca = Registering(status, body);
        using var key = AcmeAccountKey.Create();

        Assert.Equal(ScriptedCa.AccountUrl, (await ca.Client().RegisterAsync(key, new AcmeRegistration(), Ct)).Url);
    }

    [Fact]
    public async Task Registering_keeps_the_key_before_the_first_request()
    {
        using var ca = Registering();
        var keys = new Keys();
        ca.Intercept = (_, _) =>
        {
            Assert.Single(keys.Kept);
            return Task.FromResult<HttpResponseMessage?>(null);
        };
        var client = ca.Client(keys);

        var first = await client.RegisterAsync("ops@example.test", termsOfServiceAgreed: true, Ct);
        var second = await client.RegisterAsync("ops@example.test", termsOfServiceAgreed: true, Ct);

        Assert.Same(first.Key, second.Key);
        Assert.Equal((ScriptedCa.DirectoryUrl, "ops@example.test"), Assert.Single(keys.Kept).Key);
        Assert.All(ca.Requests.Where(request => request.Path == "/new-account"), request => Assert.Contains("\"termsOfServiceAgreed\":true", request.PayloadText, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_terms_are_agreed_to_exactly_where_the_caller_does(bool agreed)
    {
        using var ca = Registering();

        await ca.Client(new Keys()).RegisterAsync(null, agreed, Ct);

        Assert.Equal($$"""{"termsOfServiceAgreed":{{(agreed ? "true" : "false")}}}""", ca.Requests.Last().PayloadText);
    }

    [Fact]
    public async Task Loading_finds_the_account_of_the_kept_key_and_never_makes_one()
    {
        using var ca = Registering(HttpStatusCode.OK);
        var keys = new Keys();
        await keys.SaveAsync(ScriptedCa.DirectoryUrl, null, AcmeAccountKey.Create(), Ct);

        var account = await ca.Client(keys).LoadAccountAsync(null, Ct);

        Assert.Equal(ScriptedCa.AccountUrl, account.Url);
        Assert.Equal("""{"onlyReturnExisting":true}""", ca.Requests.Last().PayloadText);
    }

    [Fact]
    public async Task Loading_without_a_kept_key_asks_nobody()
    {
        using var ca = Registering();

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client(new Keys()).LoadAccountAsync("ops@example.test", Ct));

        Assert.Equal(AcmeFault.AccountUnknown, fault.Fault);
        Assert.Empty(ca.Requests);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ca.Client().LoadAccountAsync(null, Ct));
    }

    [Fact]
    public async Task Recovering_a_key_the_CA_does_not_know_says_so()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-account"] = _ => ScriptedCa.Problem("accountDoesNotExist", HttpStatusCode.BadRequest);
        using var key = AcmeAccountKey.Create();

        var fault = await Assert.ThrowsAsync<AcmeException>(() => AcmeAccount.RecoverAsync(ca.Client(), key, Ct));

        Assert.Equal(AcmeFault.AccountUnknown, fault.Fault);
    }

    [Fact]
    public async Task The_account_is_shown_as_the_CA_has_it()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/acct/1"] = _ => ScriptedCa.Json($$"""{"status":"valid","contact":["mailto:ops@example.test",7],"orders":"{{ScriptedCa.Base}}/orders/1"}""");

        var shown = await ca.Account().GetAsync(Ct);

        Assert.Equal((AcmeStatus.Valid, ScriptedCa.Base + "/orders/1"), (shown.Status, shown.Orders));
        Assert.Equal(["mailto:ops@example.test"], shown.Contact);
        Assert.Equal("", ca.Requests.Last().PayloadText);
    }

    [Fact]
    public async Task Contacts_are_replaced_and_what_the_CA_keeps_is_shown()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/acct/1"] = _ => ScriptedCa.Json("""{"status":"valid"}""");

        var shown = await ca.Account().UpdateContactAsync(["mailto:a@example.test", "mailto:b@example.test"], Ct);

        Assert.Empty(shown.Contact);
        Assert.Equal("""{"contact":["mailto:a@example.test","mailto:b@example.test"]}""", ca.Requests.Last().PayloadText);
    }

    [Fact]
    public async Task Changed_terms_say_where_to_agree_and_where_they_are()
    {
        using var ca = new ScriptedCa();
        ca.Answers["/new-order"] = _ => ScriptedCa.Json(
            $$"""{"type":"urn:ietf:params:acme:error:userActionRequired","detail":"Terms of service have changed","instance":"{{ScriptedCa.Base}}/agree"}""",
            HttpStatusCode.Forbidden,
            ("Link", $"<{ScriptedCa.Base}/terms/2>;rel=\"terms-of-service\", <{ScriptedCa.Base}/dir>;rel=\"index\""));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().OrderAsync(new([]), Ct));

        Assert.Equal((AcmeFault.HumanNeeded, ScriptedCa.Base + "/agree", ScriptedCa.Base + "/terms/2"), (fault.Fault, fault.Problem!.Instance, fault.TermsOfService));
        Assert.Contains($"(see {ScriptedCa.Base}/agree) (the terms are at {ScriptedCa.Base}/terms/2)", fault.Message, StringComparison.Ordinal);
    }

    private static ScriptedCa Registering(HttpStatusCode status = HttpStatusCode.Created, string body = "{}")
    {
        var ca = new ScriptedCa();
        ca.Answers["/new-account"] = _ => ScriptedCa.Json(body, status, ("Location", ScriptedCa.AccountUrl));
        return ca;
    }

    private sealed class Keys : IAcmeAccountKeys
    {
        public Dictionary<(string, string?), AcmeAccountKey> Kept { get; } = [];

        public ValueTask<AcmeAccountKey?> LoadAsync(string directoryUrl, string? email, CancellationToken cancellationToken) => new(Kept.GetValueOrDefault((directoryUrl, email)));

        public ValueTask SaveAsync(string directoryUrl, string? email, AcmeAccountKey key, CancellationToken cancellationToken)
        {
            Kept.Add((directoryUrl, email), key);
            return ValueTask.CompletedTask;
        }
    }
}
