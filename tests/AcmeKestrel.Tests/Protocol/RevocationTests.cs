using System.Net;
using System.Text.Json;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>RFC 8555 section 7.6.</summary>
public sealed class RevocationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_is_revoked_with_and_without_a_reason_and_twice()
    {
        using var ca = new ScriptedCa();
        var account = ca.Account();
        ca.Answers["/revoke"] = _ => ScriptedCa.Json("");
        await account.RevokeAsync(new byte[] { 0x30, 0xFF, 0xFB }, cancellationToken: Ct);
        ca.Answers["/revoke"] = _ => ScriptedCa.Problem("alreadyRevoked", HttpStatusCode.BadRequest);
        await account.RevokeAsync(new byte[] { 0x30, 0xFF, 0xFB }, reason: 4, Ct);

        Assert.Equal(
            ["""{"certificate":"MP_7"}""", """{"certificate":"MP_7","reason":4}"""],
            ca.Requests.Where(request => request.Path == "/revoke").Select(request => request.PayloadText));

        ca.Answers["/revoke"] = _ => ScriptedCa.Problem("badRevocationReason", HttpStatusCode.BadRequest);
        Assert.Equal(AcmeFault.Rejected, (await Assert.ThrowsAsync<AcmeException>(() => account.RevokeAsync(new byte[] { 0x30 }, reason: 7, Ct))).Fault);
    }

    /// <summary>The CA would say that it is malformed, and mean the request.</summary>
    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")]
    [InlineData("")]
    public async Task A_certificate_that_is_no_DER_is_refused_before_anything_is_sent(string certificate)
    {
        using var ca = new ScriptedCa();

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => ca.Account().RevokeAsync(System.Text.Encoding.ASCII.GetBytes(certificate), cancellationToken: Ct));

        Assert.Contains("DER", refused.Message, StringComparison.Ordinal);
        Assert.Empty(ca.Requests);
    }

    [Theory]
    [InlineData(AcmeSignatureAlgorithm.ES256)]
    [InlineData(AcmeSignatureAlgorithm.ES384)]
    [InlineData(AcmeSignatureAlgorithm.RS256)]
    public async Task The_certificates_own_key_introduces_itself_and_needs_no_account(AcmeSignatureAlgorithm algorithm)
    {
        using var ca = new ScriptedCa();
        using var key = AcmeAccountKey.Create(algorithm);
        ca.Answers["/revoke"] = _ => ScriptedCa.Json("");
        await ca.Client().RevokeAsync(new byte[] { 0x30, 0xFF, 0xFB }, key, reason: 1, Ct);

        ca.Answers["/revoke"] = _ => ScriptedCa.Problem("alreadyRevoked", HttpStatusCode.BadRequest);
        await ca.Client().RevokeAsync(new byte[] { 0x30, 0xFF, 0xFB }, key, cancellationToken: Ct);

        var requests = ca.Requests.Where(request => request.Path == "/revoke").ToList();
        Assert.Equal(["""{"certificate":"MP_7","reason":1}""", """{"certificate":"MP_7"}"""], requests.Select(request => request.PayloadText));
        Assert.All(requests, request => Assert.Equal(key.Jwk, request.Header.GetProperty("jwk").GetRawText()));
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates_is_no_account_that_needs_a_human()
    {
        using var ca = new ScriptedCa();
        using var key = AcmeAccountKey.Create();
        ca.Answers["/revoke"] = _ => ScriptedCa.Problem("unauthorized", HttpStatusCode.Forbidden);

        Assert.Equal(AcmeFault.Rejected, (await Assert.ThrowsAsync<AcmeException>(() => ca.Client().RevokeAsync(new byte[] { 0x30 }, key, cancellationToken: Ct))).Fault);
    }

    [Fact]
    public async Task A_CA_without_revocation_says_so_before_anything_is_sent()
    {
        using var ca = new ScriptedCa();
        using var key = AcmeAccountKey.Create();
        ca.Directory = $$"""{"newNonce":"{{ScriptedCa.Base}}/nonce","newAccount":"{{ScriptedCa.Base}}/new-account","newOrder":"{{ScriptedCa.Base}}/new-order"}""";

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().RevokeAsync(new byte[] { 0x30 }, key, cancellationToken: Ct));

        Assert.Equal((AcmeFault.Protocol, "The CA sent no revokeCert URL."), (fault.Fault, fault.Message));
        Assert.DoesNotContain(ca.Requests, request => request.Method != "GET");
    }
}
