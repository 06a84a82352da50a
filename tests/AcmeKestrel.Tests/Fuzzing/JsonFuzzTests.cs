using System.Text;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Tests.Protocol;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for every JSON a CA sends: whatever it is, it is read by the rules or refused as no ACME, in memory that goes with its size.</summary>
public sealed class JsonFuzzTests
{
    /// <summary>A body may be UTF-16 text as a whole (2), and each text in it is copied when it is cleaned and when it is told (4); the rest is what short texts and records weigh.</summary>
    private const int BytesPerByte = 64;

    /// <summary>What an exception and the first use of a code path cost.</summary>
    private const int Constant = 128 * 1024;

    private const string Url = ScriptedCa.Base + "/x/7";

    private static readonly string Deep = string.Concat(Enumerable.Repeat("{\"subproblems\":[", 40)) + "1";

    private static readonly Gen<string> Challenge = JsonShape.Object(
        ("type", Gen.OneOf("\"http-01\"", "\"dns-persist-01\"", "\"\"")), ("url", JsonShape.Url), ("status", JsonShape.Status), ("token", JsonShape.Token), ("error", JsonShape.Problem),
        ("issuer-domain-names", JsonShape.List(Gen.OneOf("\"ca.test\"", "\"CA.test\"", "7"))), ("issuerDomainNames", JsonShape.List(Gen.OneOf("\"ca.test\"", "\"\"", "{}"))), ("accounturi", JsonShape.Url));

    [Fact]
    public void Any_order_is_read_or_refused() => Check(
        JsonShape.Object(
            ("status", JsonShape.Status), ("identifiers", JsonShape.List(JsonShape.Identifier)), ("authorizations", JsonShape.List(JsonShape.Url)), ("finalize", JsonShape.Url),
            ("certificate", JsonShape.Url), ("expires", JsonShape.Time), ("error", JsonShape.Problem), ("profile", JsonShape.Text), ("replaces", JsonShape.Text)),
        Json.Order("valid", $",\"certificate\":\"{ScriptedCa.Base}/cert/1\",\"error\":{{\"type\":\"x\",\"subproblems\":[{{\"identifier\":{{\"type\":\"dns\",\"value\":\"a.test\"}}}}]}}"),
        response => OrderReader.Read(response, response.Url),
        order => AssertHttps([.. order.Authorizations, order.Finalize, order.Certificate ?? Url]));

    [Fact]
    public void Any_authorization_is_read_or_refused() => Check(
        JsonShape.Object(
            ("identifier", JsonShape.Identifier), ("status", JsonShape.Status), ("challenges", JsonShape.List(Challenge)), ("wildcard", Gen.OneOf("true", "false", "\"true\"")), ("expires", JsonShape.Time)),
        Json.Authorization(challenges: Json.Challenge() + "," + Json.Challenge("dns-persist-01", token: null, more: ",\"issuer-domain-names\":[\"ca.test\"]")),
        response => AuthorizationReader.Read(response, response.Url),
        authorization =>
        {
            Assert.False(authorization.Identifier.IsWildcard);
            foreach (var challenge in authorization.Challenges) AssertUsable(challenge);
        });

    [Fact]
    public void Any_challenge_is_read_or_refused() => Check(
        Challenge, Json.Challenge(more: ",\"error\":{\"type\":\"urn:ietf:params:acme:error:dns\",\"status\":400}"), AuthorizationReader.ReadChallenge, AssertUsable);

    [Fact]
    public void Any_directory_is_read_or_refused()
    {
        using var ca = new ScriptedCa();
        var meta = JsonShape.Object(
            ("termsOfService", JsonShape.Text), ("website", JsonShape.Text), ("caaIdentities", JsonShape.List(JsonShape.Text)), ("externalAccountRequired", Gen.OneOf("true", "false")),
            ("profiles", JsonShape.Object(("classic", JsonShape.Text), ("short\\u0000lived", JsonShape.Text), ("\\ud83d", JsonShape.Text))));
        (string, Gen<string>)[] members =
        [
            ("newNonce", JsonShape.Url), ("newAccount", JsonShape.Url), ("newOrder", JsonShape.Url), ("revokeCert", JsonShape.Url), ("keyChange", JsonShape.Url), ("renewalInfo", JsonShape.Url), ("meta", meta),
        ];
        Check(
            Gen.Frequency((8, JsonShape.Object(members)), (1, JsonShape.Object([.. members, ("\\ud800newDirectory", JsonShape.Text)]))),
            ca.Directory,
            DirectoryReader.Read,
            directory =>
            {
                AssertHttps(directory.NewNonce, directory.NewAccount, directory.NewOrder, directory.RevokeCert ?? Url, directory.KeyChange ?? Url, directory.RenewalInfo ?? Url);
                foreach (var text in directory.CaaIdentities.Concat(directory.Profiles.Keys).Concat(directory.Profiles.Values)) AssertPlain(text);
            });
    }

    [Fact]
    public void Any_account_is_read_or_refused() => Check(
        JsonShape.Object(("status", JsonShape.Status), ("contact", JsonShape.List(JsonShape.Text)), ("orders", JsonShape.Url)),
        $$"""{"status":"valid","contact":["mailto:admin@example.test"],"orders":"{{ScriptedCa.Base}}/orders/1"}""",
        AccountReader.Read,
        account =>
        {
            AssertHttps(account.Orders ?? Url);
            foreach (var contact in account.Contact) AssertPlain(contact);
        });

    [Fact]
    public void Any_list_of_orders_is_read_or_refused() => Check(
        JsonShape.Object(("orders", JsonShape.List(JsonShape.Url))),
        $$"""{"orders":["{{ScriptedCa.Base}}/order/1","/order/2"]}""",
        response => OrderList.ReadPage(response with { Links = [Encoding.Latin1.GetString(response.Body.Span), "<?page=2>;rel=next"] }),
        page => AssertHttps([.. page.Orders, page.Next ?? Url]));

    [Fact]
    public void Any_renewal_info_is_read_or_refused() => Check(
        JsonShape.Object(("suggestedWindow", JsonShape.Object(("start", JsonShape.Time), ("end", JsonShape.Time))), ("explanationURL", JsonShape.Text)),
        """{"suggestedWindow":{"start":"2026-12-01T00:00:00.25Z","end":"2026-12-03T02:00:00+02:00"},"explanationURL":"https://ca.example.test/why"}""",
        RenewalInfoReader.Read,
        info =>
        {
            Assert.True(info.Start < info.End);
            AssertPlain(info.ExplanationUrl ?? "");
        });

    [Fact]
    public void Any_problem_document_becomes_an_error_that_can_be_shown() => Bodies(
        JsonShape.Problem,
        """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"slow down","status":429,"subproblems":[{"type":"x","identifier":{"type":"dns","value":"a.test"}}]}""").Sample(
        body =>
        {
            var response = new AcmeResponse(Url, 200 + (body.Length % 400), body) { Location = Encoding.Latin1.GetString(body), Links = [$"<{Encoding.Latin1.GetString(body)}>;rel=terms-of-service"] };
            var fault = Allocation.Within(BytesPerByte, Constant, body.Length, () => ProblemFaults.From(response, ProblemReader.Read(body), isNewAccount: body.Length % 2 == 0));
            AssertPlain(fault.Message);
            AssertPlain(fault.Problem?.ToString() ?? "");
            foreach (var algorithm in fault.Problem?.Algorithms ?? []) AssertPlain(algorithm);
            Assert.InRange(fault.Message.Length, 1, 12_000);
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Print);

    private static Gen<byte[]> Bodies(Gen<string> shape, string sample)
    {
        var shaped = shape.Select(Encoding.UTF8.GetBytes);
        return Gen.Frequency(
            (8, shaped),
            (1, shaped.Select(body => (byte[])[0xEF, 0xBB, 0xBF, .. body])),
            (4, Mutation.Of(Encoding.UTF8.GetBytes(sample))),
            (4, Mutation.Of(shaped)),
            (1, Mutation.Of(Encoding.UTF8.GetBytes(Deep), "[]"u8.ToArray())),
            (1, Gen.Byte.Array[0, 60]));
    }

    private static void Check<T>(Gen<string> shape, string sample, Func<AcmeResponse, T> read, Action<T> check)
    {
        var isRead = false;
        Bodies(shape, sample).Sample(
            body =>
            {
                foreach (var result in Allocation.Within(BytesPerByte, Constant, body.Length, () => ReadOrRefuse(body, read)))
                {
                    check(result);
                    isRead = true;
                }
            },
            iter: FuzzCases.Count,
            threads: 1,
            print: Print);
        Assert.True(isRead);
    }

    /// <summary>One result, or none where the answer was refused.</summary>
    private static T[] ReadOrRefuse<T>(byte[] body, Func<AcmeResponse, T> read)
    {
        try
        {
            return [read(new AcmeResponse(Url, 200, body))];
        }
        catch (AcmeException fault)
        {
            Assert.Equal(AcmeFault.Protocol, fault.Fault);
            AssertPlain(fault.Message);
            return [];
        }
    }

    private static string Print(byte[] body) => Encoding.Latin1.GetString(body);

    private static void AssertHttps(params string[] urls)
    {
        foreach (var url in urls) Assert.True(url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && AcmeUrl.ToUri(url).Scheme == "https", url);
    }

    private static void AssertUsable(AcmeChallenge challenge)
    {
        AssertHttps(challenge.Url);
        AssertPlain(challenge.Type);
        AssertPlain(challenge.Error?.ToString() ?? "");
        if (challenge.Token is { } token) Assert.True(token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), token);
    }

    private static void AssertPlain(string text) => Assert.False(text.Any(c => char.IsControl(c) || c is '\u2028' or '\u202E'), text);
}
