using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Protocol;
using CsCheck;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>RFC 9773 as the protocol core speaks it; when to ask and what to do is the lifecycle's.</summary>
public sealed class RenewalInfoTests
{
    private const string Window = """{"suggestedWindow":{"start":"2026-12-01T00:00:00.25Z","end":"2026-12-03T02:00:00+02:00"},"explanationURL":"https://ca.example.test/why"}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/ari")]
    [InlineData("/ari/")]
    [InlineData("/ari//")]
    public async Task The_window_comes_by_an_unsigned_GET_with_one_slash_before_the_id(string path)
    {
        using var ca = new ScriptedCa();
        ca.Directory = ca.Directory.Replace("/ari\"", path + "\"", StringComparison.Ordinal);
        var asked = new List<string>();
        ca.Intercept = Asking(asked, () => ScriptedCa.Json(Window, headers: ("Retry-After", "21600")));

        var info = await ca.Client().GetRenewalInfoAsync("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", Ct);

        Assert.Equal(["GET /ari/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"], asked);
        Assert.Equal((At("2026-12-01T00:00:00.25Z"), At("2026-12-03T00:00:00Z"), "https://ca.example.test/why", TimeSpan.FromHours(6)), (info!.Start, info.End, info.ExplanationUrl, info.RetryAfter));
    }

    /// <summary>RFC 3339 section 5.6: the letters may be small, and a blank may stand for the T. What lacks an offset is taken for UTC, wherever this machine is.</summary>
    [Theory]
    [InlineData("2026-12-01t00:00:00z")]
    [InlineData("2026-12-01 00:00:00Z")]
    [InlineData("2026-12-01T00:00:00.000000000000Z")]
    [InlineData("2026-12-01T02:30:00+02:30")]
    [InlineData("2026-12-01T00:00:00")]
    public async Task A_time_may_be_written_in_all_the_ways_of_RFC_3339(string start)
    {
        using var ca = new ScriptedCa();
        ca.Intercept = Asking([], () => ScriptedCa.Json($$$"""{"suggestedWindow":{"start":"{{{start}}}","end":"2026-12-03T00:00:00Z"}}"""));

        Assert.Equal(At("2026-12-01T00:00:00Z"), (await ca.Client().GetRenewalInfoAsync("a.b", Ct))!.Start);
    }

    [Fact]
    public async Task Where_the_CA_has_none_nothing_is_asked()
    {
        using var ca = new ScriptedCa();
        ca.Directory = ca.Directory.Replace("renewalInfo", "x", StringComparison.Ordinal);

        Assert.Null(await ca.Client().GetRenewalInfoAsync("a.b", Ct));
        Assert.Equal(["/dir"], ca.Requests.Select(request => request.Path));
    }

    [Theory]
    [InlineData("""{"suggestedWindow":{"start":"2026-12-03T00:00:00Z","end":"2026-12-01T00:00:00Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"2026-12-01T00:00:00Z","end":"2026-12-01T00:00:00Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"2026-12-01T00:00:00Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"tomorrow","end":"later"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"12/01/2026 00:00:00","end":"2026-12-03T00:00:00Z"}}""")]
    [InlineData("""{"suggestedWindow":{"start":"2026-12-01","end":"2026-12-03T00:00:00Z"}}""")]
    [InlineData("""{"suggestedWindow":[]}""")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task An_answer_without_a_window_is_no_answer(string body)
    {
        using var ca = new ScriptedCa();
        ca.Intercept = Asking([], () => ScriptedCa.Json(body));

        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(() => ca.Client().GetRenewalInfoAsync("a.b", Ct))).Fault);
    }

    [Theory]
    [InlineData(404, AcmeFault.Rejected)]
    [InlineData(429, AcmeFault.RateLimited)]
    [InlineData(503, AcmeFault.Server)]
    public async Task A_failure_says_what_kind_it_is(int status, AcmeFault expected)
    {
        using var ca = new ScriptedCa();
        ca.Intercept = Asking([], () => ScriptedCa.Json("", (HttpStatusCode)status, ("Retry-After", "90")));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().GetRenewalInfoAsync("a.b", Ct));

        Assert.Equal((expected, TimeSpan.FromSeconds(90)), (fault.Fault, fault.RetryAfter));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(301)]
    public async Task It_is_looked_for_again_when_it_has_moved(int status)
    {
        using var ca = new ScriptedCa();
        var asked = new List<string>();
        ca.Intercept = Asking(asked, () => asked.Count == 1 ? ScriptedCa.Json("", (HttpStatusCode)status) : ScriptedCa.Json(Window));
        var client = ca.Client();
        await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync("a.b", Ct));
        ca.Directory = ca.Directory.Replace("/ari\"", "/ari-2\"", StringComparison.Ordinal);

        await client.GetRenewalInfoAsync("a.b", Ct);

        Assert.Equal(["GET /ari/a.b", "GET /ari-2/a.b"], asked);
    }

    /// <summary>The certificate of RFC 9773 appendix A has this authority and this serial number.</summary>
    [Theory]
    [InlineData("69885B6B87464041E1B37B847BA0AE2CDE01C8D4", "87654321", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")]
    [InlineData("01", "7F", "AQ.fw")]
    [InlineData("01", "80", "AQ.AIA")]
    [InlineData("01", "0001", "AQ.AQ")]
    public void The_id_holds_the_octets_that_stand_in_the_certificate(string authority, string serial, string expected) =>
        Assert.Equal(expected, AcmeRenewalInfo.IdOf(Certificate(Convert.FromHexString(authority), Convert.FromHexString(serial))));

    /// <summary>The very certificate of RFC 9773 appendix A, which is valid from the year 1 to the year 1.</summary>
    [Fact]
    public void The_id_of_the_certificate_in_RFC_9773()
    {
        var der = Convert.FromBase64String(
            "MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFtcGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDASBgNVBAMTC2V4YW1wbGUuY29tMFkwEwYH" +
            "KoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFfqzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B" +
            "yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK");

        Assert.Equal("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", AcmeRenewalInfo.IdOf(der));
    }

    [Fact]
    public void Any_serial_number_is_a_positive_integer_in_the_fewest_octets() =>
        Gen.Byte.Array[1, 20].Where(serial => serial.Any(octet => octet != 0)).Sample(
            serial =>
            {
                var id = AcmeRenewalInfo.IdOf(Certificate([7], serial))!.Split('.');
                var octets = Jws.Decode(id[1]);
                Assert.Equal(new System.Numerics.BigInteger(serial, isUnsigned: true, isBigEndian: true), new System.Numerics.BigInteger(octets, isUnsigned: false, isBigEndian: true));
                Assert.True(octets.Length == 1 || octets[0] != 0 || octets[1] >= 0x80);
            },
            iter: 200);

    [Fact]
    public void A_certificate_that_names_no_authority_key_has_no_id() => Assert.Null(AcmeRenewalInfo.IdOf(Certificate(null, [1])));

    /// <summary>It was issued like that, so it must be renewed like any other.</summary>
    [Fact]
    public async Task A_certificate_whose_authority_key_cannot_be_read_has_no_id_and_is_renewed_without()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256) { CertificateExtensions = { new X509Extension("2.5.29.35", [0x30, 0x05, 0x80], critical: false) } };
        using var certificate = request.CreateSelfSigned(At("2026-11-01T00:00:00Z"), At("2026-12-31T00:00:00Z"));
        using var ca = Ordering(_ => Created());

        await ca.Account().RenewAsync(["shop.test"], certificate.RawData, Ct);

        Assert.Null(AcmeRenewalInfo.IdOf(certificate.RawData));
        Assert.Equal(["""{"identifiers":[{"type":"dns","value":"shop.test"}]}"""], Orders(ca));
    }

    [Fact]
    public async Task Renewing_orders_a_replacement()
    {
        using var ca = Ordering(_ => Created(",\"replaces\":\"AQ.fw\""));

        var order = await ca.Account().RenewAsync(["shop.test", "SHOP.test"], Certificate([1], [0x7F]), Ct);

        Assert.Equal("AQ.fw", order.Replaces);
        Assert.Equal(["""{"identifiers":[{"type":"dns","value":"shop.test"}],"replaces":"AQ.fw"}"""], Orders(ca));
    }

    [Theory]
    [InlineData("alreadyReplaced", 409)]
    [InlineData("malformed", 409)]
    [InlineData("malformed", 400)]
    [InlineData("malformed", 404)]
    [InlineData("unauthorized", 403)]
    [InlineData("unauthorized", 401)]
    [InlineData("serverInternal", 500)]
    public async Task A_replacement_that_the_CA_refuses_is_ordered_without_saying_so(string type, int status)
    {
        using var ca = Ordering(request => request.PayloadText.Contains("replaces", StringComparison.Ordinal) ? ScriptedCa.Problem(type, (HttpStatusCode)status) : Created());

        var order = await ca.Account().RenewAsync(["shop.test"], Certificate([1], [0x7F]), Ct);

        Assert.Null(order.Replaces);
        Assert.Equal(["""{"identifiers":[{"type":"dns","value":"shop.test"}],"replaces":"AQ.fw"}""", """{"identifiers":[{"type":"dns","value":"shop.test"}]}"""], Orders(ca));
    }

    [Theory]
    [InlineData("rateLimited", 429)]
    [InlineData("serverInternal", 503)]
    [InlineData("rejectedIdentifier", 400)]
    [InlineData("userActionRequired", 403)]
    [InlineData("accountDoesNotExist", 400)]
    public async Task A_refusal_for_another_cause_is_not_asked_again(string type, int status)
    {
        using var ca = Ordering(_ => ScriptedCa.Problem(type, (HttpStatusCode)status));

        await Assert.ThrowsAsync<AcmeException>(() => ca.Account().RenewAsync(["shop.test"], Certificate([1], [0x7F]), Ct));

        Assert.Single(Orders(ca));
    }

    [Fact]
    public async Task Without_renewal_info_or_without_a_certificate_it_is_an_order_like_any_other()
    {
        using var ca = Ordering(_ => Created());
        await ca.Account().RenewAsync(["shop.test"], null, Ct);
        ca.Directory = ca.Directory.Replace("renewalInfo", "x", StringComparison.Ordinal);
        await ca.Account().RenewAsync(["shop.test"], Certificate([1], [0x7F]), Ct);

        Assert.All(Orders(ca), payload => Assert.Equal("""{"identifiers":[{"type":"dns","value":"shop.test"}]}""", payload));
        Assert.Equal(2, Orders(ca).Count);
    }

    private static Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage?>> Asking(List<string> asked, Func<HttpResponseMessage> answer) => (request, _) =>
    {
        if (!request.RequestUri!.AbsolutePath.StartsWith("/ari", StringComparison.Ordinal)) return Task.FromResult<HttpResponseMessage?>(null);

        asked.Add($"{request.Method} {request.RequestUri.PathAndQuery}");
        return Task.FromResult<HttpResponseMessage?>(answer());
    };

    private static ScriptedCa Ordering(Func<SignedRequest, HttpResponseMessage> answer)
    {
        var ca = new ScriptedCa();
        ca.Answers["/new-order"] = answer;
        return ca;
    }

    private static HttpResponseMessage Created(string more = "") => ScriptedCa.Json(Json.Order(more: more), HttpStatusCode.Created, ("Location", ScriptedCa.Base + "/order/1"));

    private static List<string> Orders(ScriptedCa ca) => [.. ca.Requests.Where(request => request.Path == "/new-order").Select(request => request.PayloadText)];

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, null);

    private static byte[] Certificate(byte[]? authority, byte[] serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        if (authority is not null) request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authority));
        using var certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), At("2026-11-01T00:00:00Z"), At("2026-12-31T00:00:00Z"), serial);
        return certificate.RawData;
    }
}
