using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

public sealed class AuthorizationTests
{
    [Fact]
    public async Task Challenges_nobody_knows_yet_are_kept_as_they_are()
    {
        var authorization = await GetAsync(Json.Authorization(challenges: string.Join(',',
            Json.Challenge(),
            Json.Challenge("dns-persist-01", token: null, more: ""","issuer-domain-names":["ca.test"],"accounturi":"x" """),
            Json.Challenge("sectigo-dns-01", "odd-status", token: null),
            """{"status":"pending"}""",
            "7")));

        Assert.Equal(["http-01", "dns-persist-01", "sectigo-dns-01"], authorization.Challenges.Select(challenge => challenge.Type));
        Assert.Equal([Json.Token, null, null], authorization.Challenges.Select(challenge => challenge.Token));
        Assert.Equal(AcmeStatus.Unknown, authorization.Challenges[2].Status);
    }

    /// <summary>As versions 00, 01 and 02 of draft-ietf-acme-dns-persist word it (section 3.1).</summary>
    [Theory]
    [InlineData(""" "issuer-domain-names":["ca.test","ca.example"] """, null, false)]
    [InlineData(""" "issuer-domain-names":["ca.test","ca.example"],"accounturi":"https://ca.test/account/1" """, "https://ca.test/account/1", false)]
    [InlineData(""" "issuerDomainNames":["ca.test","ca.example"] """, null, true)]
    public async Task A_challenge_by_a_permanent_record_says_how_that_names_the_ca_and_the_account(string members, string? account, bool isOfHashes)
    {
        var challenge = Assert.Single((await GetAsync(Json.Authorization(challenges: Json.Challenge("dns-persist-01", token: null, more: "," + members)))).Challenges);

        Assert.Equal(["ca.test", "ca.example"], challenge.IssuerDomainNames);
        Assert.Equal((account, isOfHashes), (challenge.AccountUri, challenge.IsOfHashes));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("[\"ca.test\",7]")]
    [InlineData("[\"CA.test\"]")]
    [InlineData("[\"ca.test.\"]")]
    [InlineData("[\"\"]")]
    [InlineData("[\"ca.test; accounturi=x\"]")]
    [InlineData("[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]")]
    public async Task A_list_of_names_with_one_that_is_none_is_no_list(string names) =>
        Assert.Empty(Assert.Single((await GetAsync(Json.Authorization(challenges: Json.Challenge("dns-persist-01", token: null, more: ",\"issuer-domain-names\":" + names)))).Challenges).IssuerDomainNames);

    [Theory]
    [InlineData("short")]
    [InlineData("../../../../../../etc/passwd")]
    [InlineData("DGyRejmCefe7v4NfDGDKfA==")]
    [InlineData("DGyRejmCefe7v4NfDGDKfA DGyRejm")]
    [InlineData("DGyRejmCefe7v4NfDGDKfA\\u000a")]
    [InlineData("DGyRejmCefe7v4NfDGDKf\\u0410")]
    public async Task A_token_that_is_no_base64url_makes_its_challenge_unusable(string token) =>
        Assert.Null(Assert.Single((await GetAsync(Json.Authorization(challenges: Json.Challenge(token: token)))).Challenges).Token);

    /// <summary>Accepted and then never answered, it would cost a failed validation.</summary>
    [Theory]
    [InlineData(22, true)]
    [InlineData(86, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    [InlineData(512, false)]
    public async Task A_token_is_taken_exactly_where_it_would_be_answered(int length, bool taken)
    {
        var token = new string('a', length);

        Assert.Equal(taken, Assert.Single((await GetAsync(Json.Authorization(challenges: Json.Challenge(token: token)))).Challenges).Token is not null);
        Assert.Equal(taken, ChallengeToken.IsWellFormed(token));
    }

    [Fact]
    public async Task A_failed_challenge_tells_why()
    {
        var authorization = await GetAsync(Json.Authorization("invalid", Json.Challenge(status: "invalid", more: """
            ,"error":{"type":"urn:ietf:params:acme:error:connection","detail":"refused","status":400,"subproblems":[{"type":"urn:ietf:params:acme:error:dns","detail":"no A"}]}
            """)));

        var error = Assert.Single(authorization.Challenges).Error!;
        Assert.True(error.Is("connection"));
        Assert.Equal("no A", Assert.Single(error.Subproblems).Detail);
    }

    [Theory]
    [InlineData("""{"type":"dns","value":"shop.test"}""", ""","wildcard":true""")]
    [InlineData("""{"type":"dns","value":"*.shop.test"}""", "")]
    public async Task A_wildcard_is_a_flag_beside_the_bare_name(string identifier, string more)
    {
        var authorization = await GetAsync(Json.Authorization(identifier: identifier, more: more));

        Assert.Equal(("shop.test", true), (authorization.Identifier.Value, authorization.Wildcard));
    }

    [Theory]
    [InlineData("""{"type":"dns","value":"not a name"}""")]
    [InlineData("""{"type":"email","value":"a@b.test"}""")]
    [InlineData("""{"type":"ip","value":"shop.test"}""")]
    [InlineData("""{"value":"shop.test"}""")]
    [InlineData("7")]
    public async Task An_authorization_for_something_else_is_a_protocol_fault(string identifier)
    {
        var fault = await Assert.ThrowsAsync<AcmeException>(() => GetAsync(Json.Authorization(identifier: identifier)));

        Assert.Equal(AcmeFault.Protocol, fault.Fault);
    }

    [Theory]
    [InlineData("pending", AcmeStatus.Pending)]
    [InlineData("valid", AcmeStatus.Valid)]
    [InlineData("invalid", AcmeStatus.Invalid)]
    [InlineData("deactivated", AcmeStatus.Deactivated)]
    [InlineData("expired", AcmeStatus.Expired)]
    [InlineData("revoked", AcmeStatus.Revoked)]
    [InlineData("VALID", AcmeStatus.Unknown)]
    [InlineData("", AcmeStatus.Unknown)]
    public async Task Statuses_are_read(string text, AcmeStatus expected) => Assert.Equal(expected, (await GetAsync(Json.Authorization(text))).Status);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData(null, null)]
    public async Task The_answer_to_a_challenge_tells_how_long_to_wait(string? header, int? seconds)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/chall/1"] = _ => header is null ? ScriptedCa.Json(Json.Challenge()) : ScriptedCa.Json(Json.Challenge(), HttpStatusCode.OK, ("Retry-After", header));

        var challenge = await ca.Account().AnswerAsync(ScriptedCa.Base + "/chall/1", TestContext.Current.CancellationToken);

        Assert.Equal(seconds, (int?)challenge.RetryAfter?.TotalSeconds);
    }

    private static async Task<AcmeAuthorization> GetAsync(string json)
    {
        using var ca = new ScriptedCa();
        ca.Answers["/authz/1"] = _ => ScriptedCa.Json(json);
        return await ca.Account().GetAuthorizationAsync(ScriptedCa.Base + "/authz/1", TestContext.Current.CancellationToken);
    }
}
