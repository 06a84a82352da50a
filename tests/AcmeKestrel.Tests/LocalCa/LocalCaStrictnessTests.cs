using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>Each refusal, with its type: a client that passes here meets nothing stricter outside.</summary>
public sealed class LocalCaStrictnessTests : IAsyncLifetime
{
    private readonly LocalCaServerOptions _options = new();
    private LocalCaServer _ca = null!;
    private TinyAcmeClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _ca = new LocalCaServer(_options);
        _client = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl);
        await _client.RegisterAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _ca.DisposeAsync();
    }

    public static TheoryData<string, string, int, Action<JsonObject>> SpoiledHeaders => new()
    {
        { "an unknown nonce", "badNonce", 400, header => header["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA" },
        { "no nonce", "badNonce", 400, header => header.Remove("nonce") },
        { "another url", "unauthorized", 403, header => header["url"] = "https://ca.test/new-order/" },
        { "the url of another host", "unauthorized", 403, header => header["url"] = "https://ca2.test/new-order" },
        { "no url", "malformed", 400, header => header.Remove("url") },
        { "alg none", "badSignatureAlgorithm", 400, header => header["alg"] = "none" },
        { "a MAC", "badSignatureAlgorithm", 400, header => header["alg"] = "HS256" },
        { "EdDSA", "badSignatureAlgorithm", 400, header => header["alg"] = "EdDSA" },
        { "the algorithm of another key", "badSignatureAlgorithm", 400, header => header["alg"] = "RS256" },
        { "no key", "malformed", 400, header => header.Remove("kid") },
        { "a relative kid", "accountDoesNotExist", 400, header => header["kid"] = new Uri((string)header["kid"]!).AbsolutePath },
        { "the kid of another CA", "accountDoesNotExist", 400, header => header["kid"] = ((string)header["kid"]!).Replace("ca.test", "ca2.test", StringComparison.Ordinal) },
        { "the kid of nobody", "accountDoesNotExist", 400, header => header["kid"] = "https://ca.test/account/nobody" },
        { "an unknown critical extension", "malformed", 400, header => header["crit"] = new JsonArray("b64") },
    };

    [Theory]
    [MemberData(nameof(SpoiledHeaders))]
    public async Task A_spoiled_header_is_refused(string what, string problem, int status, Action<JsonObject> spoil)
    {
        var reply = await _client.PostAsync(await _client.UrlAsync("newOrder"), Order("shop.test"), header: spoil);

        Assert.True((problem, status) == (reply.Problem, reply.Status), $"{what}: {reply.Body}");
        Assert.NotNull(reply.Nonce);
        if (problem == "badSignatureAlgorithm") Assert.Equal(["RS256", "ES256", "ES384", "ES512"], reply.Json["algorithms"]!.AsArray().Select(a => (string)a!));
    }

    public static TheoryData<string, Action<JsonObject>> SpoiledMessages => new()
    {
        { "padding in the signature", message => message["signature"] = (string)message["signature"]! + "==" },
        { "padding in the payload", message => message["payload"] = (string)message["payload"]! + "=" },
        { "blanks in the header", message => message["protected"] = " " + (string)message["protected"]! },
        { "no payload", message => message.Remove("payload") },
        { "an unprotected header", message => message["header"] = new JsonObject { ["kid"] = "x" } },
        { "a list of signatures", message => message["signatures"] = new JsonArray() },
        { "another payload", message => message["payload"] = TinyAcmeClient.B64("{}") },
        { "a signature of another width", message => message["signature"] = ((string)message["signature"]!)[..^2] },
    };

    [Theory]
    [MemberData(nameof(SpoiledMessages))]
    public async Task A_spoiled_message_is_malformed(string what, Action<JsonObject> spoil)
    {
        var reply = await _client.PostAsync(await _client.UrlAsync("newOrder"), Order("shop.test"), message: spoil);

        Assert.True(reply.Problem == "malformed" && reply.Status == 400, $"{what}: {reply.Body}");
    }

    [Fact]
    public async Task A_DER_signature_is_refused()
    {
        var reply = await _client.PostAsync(await _client.UrlAsync("newOrder"), Order("shop.test"), message: message =>
        {
            var signed = Encoding.ASCII.GetBytes($"{(string)message["protected"]!}.{(string)message["payload"]!}");
            message["signature"] = TinyAcmeClient.B64(_client.Key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        });

        Assert.Equal("malformed", reply.Problem);
    }

    [Theory]
    [InlineData("application/jose+json; charset=utf-8")]
    [InlineData("application/json")]
    public async Task Another_content_type_is_refused(string type)
    {
        var reply = await _client.PostAsync(await _client.UrlAsync("newOrder"), Order("shop.test"), contentType: type);

        Assert.Equal((415, "malformed"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task A_large_body_is_refused()
    {
        var reply = await _client.PostAsync(await _client.UrlAsync("newOrder"), new string(' ', 50_000));

        Assert.Equal((413, "malformed"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task Both_jwk_and_kid_are_refused()
    {
        var reply = await _client.PostAsync(await _client.UrlAsync("newOrder"), Order("shop.test"), header: header => header["jwk"] = _client.Jwk());

        Assert.Equal("malformed", reply.Problem);
    }

    [Fact]
    public async Task A_jwk_serves_new_accounts_and_a_kid_the_rest()
    {
        var kid = _client.Kid;
        _client.Kid = null;
        Assert.Equal("malformed", (await _client.OrderAsync("shop.test")).Problem);
        _client.Kid = kid;
        Assert.Equal("malformed", (await _client.PostAsync(await _client.UrlAsync("newAccount"), "{}")).Problem);
    }

    [Fact]
    public async Task A_nonce_counts_once()
    {
        var url = await _client.UrlAsync("newOrder");
        var message = _client.Sign(await _client.HeaderAsync(url), Order("shop.test")).ToJsonString();

        Assert.Equal(201, (await _client.SendAsync(url, message)).Status);
        var again = await _client.SendAsync(url, message);
        Assert.Equal((400, "badNonce"), (again.Status, again.Problem));
        Assert.NotNull(again.Nonce);
    }

    [Fact]
    public async Task New_nonces_come_by_HEAD_and_GET_and_are_not_cached()
    {
        var url = await _client.UrlAsync("newNonce");
        var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));
        var get = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));

        Assert.Equal((200, 204), (head.Status, get.Status));
        Assert.NotEqual(head.Nonce, get.Nonce);
        Assert.All([head, get], reply => Assert.Equal("no-store", reply.Header("Cache-Control")));
        Assert.All([head, get], reply => Assert.Equal("<https://ca.test/directory>;rel=\"index\"", reply.Header("Link")));
    }

    [Fact]
    public async Task Nonces_are_refused_as_often_as_a_test_wants()
    {
        _options.BadNonceRate = 1;
        Assert.Equal("badNonce", (await _client.OrderAsync("shop.test")).Problem);
        _options.BadNonceRate = 0;
        Assert.Equal(201, (await _client.OrderAsync("shop.test")).Status);
    }

    [Theory]
    [InlineData("nistP384", "ES384")]
    [InlineData("nistP521", "ES512")]
    public async Task Longer_curves_register(string curve, string algorithm)
    {
        using var client = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl) { Key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve)) };
        var url = await client.UrlAsync("newAccount");
        var reply = await client.PostAsync(url, """{"termsOfServiceAgreed":true}""", header => header["alg"] = algorithm);

        Assert.Equal(201, reply.Status);
    }

    [Fact]
    public async Task An_RSA_key_registers_and_a_short_one_does_not()
    {
        Assert.Equal(201, (await RegisterRsaAsync(2048)).Status);
        Assert.Equal("badPublicKey", (await RegisterRsaAsync(1024)).Problem);
    }

    [Theory]
    [InlineData("""{"crv":"P-256","kty":"EC","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}""")]
    [InlineData("""{"crv":"P-256","kty":"EC","x":"AA","y":"AA"}""")]
    [InlineData("""{"crv":"secp256k1","kty":"EC","x":"AA","y":"AA"}""")]
    [InlineData("""{"kty":"oct","k":"AA"}""")]
    public async Task A_key_that_is_none_is_refused(string jwk)
    {
        _client.Kid = null;
        var reply = await _client.PostAsync(await _client.UrlAsync("newAccount"), "{}", header => header["jwk"] = JsonNode.Parse(jwk));

        Assert.Equal("badPublicKey", reply.Problem);
    }

    [Theory]
    [InlineData("{}", "userActionRequired")]
    [InlineData("""{"termsOfServiceAgreed":"yes"}""", "malformed")]
    [InlineData("""{"onlyReturnExisting":true}""", "accountDoesNotExist")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["tel:+123"]}""", "unsupportedContact")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["mailto:a@shop.test,b@shop.test"]}""", "invalidContact")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["mailto:a@shop.test?subject=x"]}""", "invalidContact")]
    [InlineData("""{"termsOfServiceAgreed":true,"termsOfServiceAgreed":true}""", "malformed")]
    [InlineData("""{"termsOfServiceAgreed":true,"contact":["\ud800"]}""", "malformed")]
    [InlineData("""{"termsOfServiceAgreed":true,"\ud800":1}""", "malformed")]
    [InlineData("[]", "malformed")]
    [InlineData("", "malformed")]
    public async Task A_registration_is_refused(string payload, string problem)
    {
        using var client = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl);

        Assert.Equal(problem, (await client.RegisterAsync(payload)).Problem);
    }

    [Fact]
    public async Task An_account_is_found_again_by_its_key()
    {
        var first = _client.Kid;
        _client.Kid = null;
        var again = await _client.RegisterAsync("""{"onlyReturnExisting":true}""");

        Assert.Equal((200, first), (again.Status, again.Header("Location")));
    }

    [Fact]
    public async Task An_account_changes_its_contact_and_ends()
    {
        var changed = await _client.PostAsync(_client.Kid!, """{"contact":["mailto:ops@shop.test"]}""");
        Assert.Equal("mailto:ops@shop.test", (string)changed.Json["contact"]![0]!);
        Assert.Equal("deactivated", (string)(await _client.PostAsync(_client.Kid!, """{"status":"deactivated"}""")).Json["status"]!);

        Assert.Equal((403, "unauthorized"), (await _client.OrderAsync("shop.test")) is var order ? (order.Status, order.Problem) : default);
        _client.Kid = null;
        Assert.Equal("unauthorized", (await _client.RegisterAsync()).Problem);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("foo.*.test")]
    [InlineData("*.test")]
    [InlineData("Shop.test")]
    [InlineData("shop.test.")]
    [InlineData("test")]
    [InlineData("nottest")]
    [InlineData("münchen.test")]
    [InlineData("-a.test")]
    [InlineData("192.0.2.1")]
    [InlineData("127.1")]
    [InlineData("0:0:0:0:0:0:0:1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_name_of_the_world_is_rejected_and_named(string name)
    {
        var reply = await _client.OrderAsync("shop.test", name);

        Assert.Equal("rejectedIdentifier", reply.Problem);
        Assert.Equal(name, (string)Assert.Single(reply.Json["subproblems"]!.AsArray())!["identifier"]!["value"]!);
    }

    [Fact]
    public async Task A_wildcard_is_rejected_where_dns_01_is_not_offered()
    {
        _options.OfferDns01 = false;
        var reply = await _client.OrderAsync("*.shop.test");

        Assert.Equal("rejectedIdentifier", reply.Problem);
        Assert.Contains("dns-01", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"identifiers":[]}""", "malformed")]
    [InlineData("""{}""", "malformed")]
    [InlineData("""{"identifiers":[{"type":"mail","value":"a@shop.test"}]}""", "unsupportedIdentifier")]
    [InlineData("""{"identifiers":[{"type":"dns","value":"127.0.0.1"}]}""", "rejectedIdentifier")]
    [InlineData("""{"identifiers":[{"type":"dns","value":"shop.test"}],"notAfter":"2030-01-01T00:00:00Z"}""", "malformed")]
    [InlineData("""{"identifiers":[{"type":"dns","value":"shop.test"}],"profile":"classic"}""", "invalidProfile")]
    public async Task An_order_is_refused(string payload, string problem) =>
        Assert.Equal(problem, (await _client.PostAsync(await _client.UrlAsync("newOrder"), payload)).Problem);

    [Fact]
    public async Task Names_that_come_twice_are_one() =>
        Assert.Single((await _client.OrderAsync("shop.test", "shop.test")).Json["authorizations"]!.AsArray());

    [Fact]
    public async Task A_challenge_is_started_once_and_with_an_empty_object()
    {
        var order = await _client.OrderAsync("shop.test");
        var authorization = await _client.ReadAsync((string)order.Json["authorizations"]![0]!);
        var challenge = (string)authorization.Json["challenges"]![0]!["url"]!;

        Assert.Equal("malformed", (await _client.PostAsync(challenge, """{"keyAuthorization":"x"}""")).Problem);
        Assert.Equal("pending", (string)(await _client.ReadAsync(challenge)).Json["status"]!);
        Assert.Equal(200, (await _client.PostAsync(challenge, "{}")).Status);
        Assert.Equal("malformed", (await _client.PostAsync(challenge, "{}")).Problem);
    }

    [Fact]
    public async Task Reading_needs_an_empty_payload()
    {
        var order = await _client.OrderAsync("shop.test");

        Assert.Equal("malformed", (await _client.PostAsync(order.Header("Location")!, "{}")).Problem);
        var get = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Get, order.Header("Location")));
        Assert.Equal((405, "malformed"), (get.Status, get.Problem));
    }

    [Fact]
    public async Task What_belongs_to_another_account_is_not_shown()
    {
        var order = await _client.OrderAsync("shop.test");
        using var stranger = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl);
        await stranger.RegisterAsync();

        foreach (var url in new[] { order.Header("Location")!, (string)order.Json["authorizations"]![0]!, _client.Kid! })
            Assert.Equal((403, "unauthorized"), (await stranger.ReadAsync(url)) is var reply ? (reply.Status, reply.Problem) : default);
        Assert.Equal(404, (await stranger.ReadAsync("https://ca.test/order/none")).Status);
    }

    [Fact]
    public async Task An_order_that_is_not_ready_is_not_finalized()
    {
        var order = await _client.OrderAsync("shop.test");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var reply = await _client.FinalizeAsync(order, TinyAcmeClient.Csr(key, ["shop.test"]));
        Assert.Equal((403, "orderNotReady"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task A_request_that_does_not_fit_its_order_is_refused_and_the_order_stays_ready()
    {
        var order = await _client.OrderAsync("shop.test", "www.shop.test");
        await _client.ProveAsync(order, "http-01", (_, _) => { });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var weak = RSA.Create(1024);
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        string[] names = ["shop.test", "www.shop.test"];
        var broken = TinyAcmeClient.Csr(key, names);
        broken[^1] ^= 1;

        byte[][] bad =
        [
            TinyAcmeClient.Csr(key, ["shop.test"]),
            TinyAcmeClient.Csr(key, [.. names, "more.shop.test"]),
            TinyAcmeClient.Csr(key, ["shop.test", "shop.test"]),
            TinyAcmeClient.Csr(key, ["shop.test", "127.0.0.1"]),
            TinyAcmeClient.Csr(key, names, commonName: "other.test"),
            TinyAcmeClient.Csr(_client.Key, names),
            TinyAcmeClient.Csr(weak, names),
            TinyAcmeClient.Csr(p521, names),
            broken,
            [0x30, 0x00],
        ];
        foreach (var csr in bad) Assert.Equal("badCSR", (await _client.FinalizeAsync(order, csr)).Problem);

        var reply = await _client.FinalizeAsync(order, TinyAcmeClient.Csr(key, names, commonName: "shop.test"));
        Assert.Equal("valid", (string)reply.Json["status"]!);
    }

    private static string Order(string name) => $$"""{"identifiers":[{"type":"dns","value":"{{name}}"}]}""";

    private async Task<Reply> RegisterRsaAsync(int bits)
    {
        using var rsa = RSA.Create(bits);
        var url = await _client.UrlAsync("newAccount");
        var key = rsa.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "RSA", ["n"] = TinyAcmeClient.B64(key.Modulus), ["e"] = TinyAcmeClient.B64(key.Exponent) };
        var header = TinyAcmeClient.B64(new JsonObject { ["alg"] = "RS256", ["nonce"] = await _client.NonceAsync(), ["url"] = url, ["jwk"] = jwk }.ToJsonString());
        var payload = TinyAcmeClient.B64("""{"termsOfServiceAgreed":true}""");
        var signature = TinyAcmeClient.B64(rsa.SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return await _client.SendAsync(url, new JsonObject { ["protected"] = header, ["payload"] = payload, ["signature"] = signature }.ToJsonString());
    }
}
