using System.Net;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>RFC 8555 section 7.3.5.</summary>
public sealed class KeyChangeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AcmeSignatureAlgorithm.ES256, AcmeSignatureAlgorithm.ES256)]
    [InlineData(AcmeSignatureAlgorithm.ES256, AcmeSignatureAlgorithm.ES512)]
    [InlineData(AcmeSignatureAlgorithm.RS256, AcmeSignatureAlgorithm.ES384)]
    [InlineData(AcmeSignatureAlgorithm.ES384, AcmeSignatureAlgorithm.RS256)]
    public async Task Both_keys_sign_and_the_account_goes_on_with_the_new_one(AcmeSignatureAlgorithm oldAlgorithm, AcmeSignatureAlgorithm newAlgorithm)
    {
        using var ca = new ScriptedCa();
        using var oldKey = AcmeAccountKey.Create(oldAlgorithm);
        using var newKey = AcmeAccountKey.Create(newAlgorithm);
        ca.Answers["/key-change"] = _ => ScriptedCa.Json("");

        var changed = await ca.Account(oldKey).ChangeKeyAsync(newKey, Ct);

        Assert.Equal((ScriptedCa.AccountUrl, newKey), (changed.Url, changed.Key));
        var inner = JsonDocument.Parse(ca.Requests.Last().Payload).RootElement;
        Assert.Equal(["protected", "payload", "signature"], inner.EnumerateObject().Select(member => member.Name));
        var (header, payload) = (inner.GetProperty("protected").GetString()!, inner.GetProperty("payload").GetString()!);
        var members = JsonDocument.Parse(Jws.Decode(header)).RootElement;
        Assert.Equal(["alg", "jwk", "url"], members.EnumerateObject().Select(member => member.Name));
        Assert.Equal((newAlgorithm.ToString(), ScriptedCa.Base + "/key-change"), (members.GetProperty("alg").GetString(), members.GetProperty("url").GetString()));
        Assert.True(Jws.Verify(members.GetProperty("jwk"), newAlgorithm.ToString(), Encoding.ASCII.GetBytes($"{header}.{payload}"), Jws.Decode(inner.GetProperty("signature").GetString()!)));
        Assert.Equal(newKey.Jwk, members.GetProperty("jwk").GetRawText());
        Assert.Equal($$"""{"account":"{{ScriptedCa.AccountUrl}}","oldKey":{{oldKey.Jwk}}}""", Encoding.UTF8.GetString(Jws.Decode(payload)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"type":"urn:ietf:params:acme:error:malformed","detail":"New key is already in use","status":409}""")]
    public async Task A_new_key_that_has_an_account_is_refused_and_the_account_named(string body)
    {
        using var ca = new ScriptedCa();
        using var newKey = AcmeAccountKey.Create();
        ca.Answers["/key-change"] = _ => ScriptedCa.Json(body, HttpStatusCode.Conflict, ("Location", "/acct/2"));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().ChangeKeyAsync(newKey, Ct));

        Assert.Equal((AcmeFault.Rejected, 409, ScriptedCa.Base + "/acct/2"), (fault.Fault, fault.StatusCode, fault.Location));
    }

    [Theory]
    [InlineData("http://ca.example.test/acct/2")]
    [InlineData("ftp:x")]
    [InlineData("//user@ca.example.test/acct/2")]
    public async Task What_a_refusal_points_to_is_https_or_nothing(string location)
    {
        using var ca = new ScriptedCa();
        using var newKey = AcmeAccountKey.Create();
        ca.Answers["/key-change"] = _ => ScriptedCa.Problem("conflict", HttpStatusCode.Conflict, headers: ("Location", location));

        Assert.Null((await Assert.ThrowsAsync<AcmeException>(() => ca.Account().ChangeKeyAsync(newKey, Ct))).Location);
    }

    [Fact]
    public async Task A_CA_that_changes_no_keys_says_so_before_anything_is_sent()
    {
        using var ca = new ScriptedCa();
        using var newKey = AcmeAccountKey.Create();
        ca.Directory = ca.Directory.Replace("\"keyChange\"", "\"x\"", StringComparison.Ordinal);

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Account().ChangeKeyAsync(newKey, Ct));

        Assert.Equal((AcmeFault.Protocol, "The CA sent no keyChange URL."), (fault.Fault, fault.Message));
        Assert.DoesNotContain(ca.Requests, request => request.Method == "POST");
    }
}
