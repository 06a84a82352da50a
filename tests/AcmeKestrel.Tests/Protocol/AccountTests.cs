using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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

        var first = await client.RegisterAsync("ops@example.test", Ct);
        var second = await client.RegisterAsync("ops@example.test", Ct);

        Assert.Same(first.Key, second.Key);
        Assert.Equal((ScriptedCa.DirectoryUrl, "ops@example.test"), Assert.Single(keys.Kept).Key);
        Assert.All(ca.Requests.Where(request => request.Path == "/new-account"), request => Assert.Contains("\"termsOfServiceAgreed\":true", request.PayloadText, StringComparison.Ordinal));
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

    [Theory]
    [InlineData("-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")]
    [InlineData("+/+/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")]
    [InlineData("-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==")]
    [InlineData("-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ")]
    [InlineData(" +/+/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISI= \n")]
    public async Task An_external_account_is_bound_however_its_key_is_written(string macKey)
    {
        using var ca = Registering();
        using var key = AcmeAccountKey.Create();

        await ca.Client().RegisterAsync(key, new AcmeRegistration { ExternalAccount = new("kid-\"1\"", macKey) }, Ct);

        var binding = JsonDocument.Parse(ca.Requests.Last().Payload).RootElement.GetProperty("externalAccountBinding");
        var (header, payload) = (binding.GetProperty("protected").GetString()!, binding.GetProperty("payload").GetString()!);
        var members = JsonDocument.Parse(Jws.Decode(header)).RootElement;
        Assert.Equal(["alg", "kid", "url"], members.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("HS256", "kid-\"1\"", ScriptedCa.Base + "/new-account"), (members.GetProperty("alg").GetString(), members.GetProperty("kid").GetString(), members.GetProperty("url").GetString()));
        Assert.Equal(ca.Requests.Last().Header.GetProperty("jwk").GetRawText(), Encoding.UTF8.GetString(Jws.Decode(payload)));

        var plain = macKey.Trim().Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var mac = Convert.FromBase64String(plain + new string('=', (4 - (plain.Length % 4)) % 4));
        Assert.Equal(HMACSHA256.HashData(mac, Encoding.ASCII.GetBytes($"{header}.{payload}")), Jws.Decode(binding.GetProperty("signature").GetString()!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAA")]
    [InlineData("secret key, with words")]
    public async Task A_MAC_key_that_is_no_base64_needs_a_human_and_is_not_shown(string macKey)
    {
        using var ca = Registering();
        using var key = AcmeAccountKey.Create();

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().RegisterAsync(key, new AcmeRegistration { ExternalAccount = new("kid-1", macKey) }, Ct));

        Assert.Equal(AcmeFault.HumanNeeded, fault.Fault);
        Assert.Contains("kid-1", fault.Message, StringComparison.Ordinal);
        if (macKey.Length > 0) Assert.DoesNotContain(macKey, fault.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, ca.Count("/new-account"));
    }

    [Fact]
    public async Task A_certificate_is_revoked_with_and_without_a_reason_and_twice()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account();
        ca.Answers["/revoke"] = _ => ScriptedCa.Json("");
        await account.RevokeAsync(new byte[] { 0xFB, 0xFF, 0 }, cancellationToken: Ct);
        ca.Answers["/revoke"] = _ => ScriptedCa.Problem("alreadyRevoked", HttpStatusCode.BadRequest);
        await account.RevokeAsync(new byte[] { 0xFB, 0xFF, 0 }, reason: 4, Ct);

        Assert.Equal(
            ["""{"certificate":"-_8A"}""", """{"certificate":"-_8A","reason":4}"""],
            ca.Requests.Where(request => request.Path == "/revoke").Select(request => request.PayloadText));

        ca.Answers["/revoke"] = _ => ScriptedCa.Problem("badRevocationReason", HttpStatusCode.BadRequest);
        Assert.Equal(AcmeFault.Rejected, (await Assert.ThrowsAsync<AcmeException>(() => account.RevokeAsync(new byte[] { 1 }, reason: 7, Ct))).Fault);
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
