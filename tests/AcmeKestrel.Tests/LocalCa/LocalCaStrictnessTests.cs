using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>What a request must be before anybody asks what it is for: each refusal, with its type. A client that passes here meets nothing stricter outside.</summary>
public sealed class LocalCaStrictnessTests : LocalCaRegisteredTests
{
    public static TheoryData<string, string, int, Action<JsonObject>> SpoiledHeaders => new()
    {
        { "an unknown nonce", "badNonce", 400, header => header["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA" },
        { "no nonce", "badNonce", 400, header => header.Remove("nonce") },
        { "a nonce with padding", "malformed", 400, header => header["nonce"] = (string)header["nonce"]! + "==" },
        { "a nonce of other characters", "malformed", 400, header => header["nonce"] = "not a nonce!" },
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
        var reply = await Client.PostAsync(await Client.UrlAsync("newOrder"), Order("shop.test"), header: spoil);

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
        var reply = await Client.PostAsync(await Client.UrlAsync("newOrder"), Order("shop.test"), message: spoil);

        Assert.True(reply.Problem == "malformed" && reply.Status == 400, $"{what}: {reply.Body}");
    }

    [Fact]
    public async Task A_DER_signature_is_refused()
    {
        var reply = await Client.PostAsync(await Client.UrlAsync("newOrder"), Order("shop.test"), message: message =>
        {
            var signed = Encoding.ASCII.GetBytes($"{(string)message["protected"]!}.{(string)message["payload"]!}");
            message["signature"] = TinyAcmeClient.B64(Client.Key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        });

        Assert.Equal("malformed", reply.Problem);
    }

    [Theory]
    [InlineData("application/jose+json; charset=utf-8")]
    [InlineData("application/json")]
    public async Task Another_content_type_is_refused(string type)
    {
        var reply = await Client.PostAsync(await Client.UrlAsync("newOrder"), Order("shop.test"), contentType: type);

        Assert.Equal((415, "malformed"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task A_large_body_is_refused()
    {
        var reply = await Client.PostAsync(await Client.UrlAsync("newOrder"), new string(' ', 50_000));

        Assert.Equal((413, "malformed"), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task Both_jwk_and_kid_are_refused()
    {
        var reply = await Client.PostAsync(await Client.UrlAsync("newOrder"), Order("shop.test"), header: header => header["jwk"] = Client.Jwk());

        Assert.Equal("malformed", reply.Problem);
    }

    [Fact]
    public async Task A_jwk_serves_new_accounts_and_a_kid_the_rest()
    {
        var kid = Client.Kid;
        Client.Kid = null;
        Assert.Equal("malformed", (await Client.OrderAsync("shop.test")).Problem);
        Client.Kid = kid;
        Assert.Equal("malformed", (await Client.PostAsync(await Client.UrlAsync("newAccount"), "{}")).Problem);
    }

    [Fact]
    public async Task A_nonce_counts_once()
    {
        var url = await Client.UrlAsync("newOrder");
        var message = Client.Sign(await Client.HeaderAsync(url), Order("shop.test")).ToJsonString();

        Assert.Equal(201, (await Client.SendAsync(url, message)).Status);
        var again = await Client.SendAsync(url, message);
        Assert.Equal((400, "badNonce"), (again.Status, again.Problem));
        Assert.NotNull(again.Nonce);
    }

    [Fact]
    public async Task New_nonces_come_by_HEAD_and_GET_and_are_not_cached()
    {
        var url = await Client.UrlAsync("newNonce");
        var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));
        var get = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));

        Assert.Equal((200, 204), (head.Status, get.Status));
        Assert.NotEqual(head.Nonce, get.Nonce);
        Assert.All([head, get], reply => Assert.Equal("no-store", reply.Header("Cache-Control")));
        Assert.All([head, get], reply => Assert.Equal("<https://ca.test/directory>;rel=\"index\"", reply.Header("Link")));
    }

    [Fact]
    public async Task Nonces_are_refused_as_often_as_a_test_wants()
    {
        Options.BadNonceRate = 1;
        Assert.Equal("badNonce", (await Client.OrderAsync("shop.test")).Problem);
        Options.BadNonceRate = 0;
        Assert.Equal(201, (await Client.OrderAsync("shop.test")).Status);
    }

    [Theory]
    [InlineData("nistP384", "ES384")]
    [InlineData("nistP521", "ES512")]
    public async Task Longer_curves_register(string curve, string algorithm)
    {
        using var client = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl) { Key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve)) };
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
        Client.Kid = null;
        var reply = await Client.PostAsync(await Client.UrlAsync("newAccount"), "{}", header => header["jwk"] = JsonNode.Parse(jwk));

        Assert.Equal("badPublicKey", reply.Problem);
    }

    private static string Order(string name) => $$"""{"identifiers":[{"type":"dns","value":"{{name}}"}]}""";

    private async Task<Reply> RegisterRsaAsync(int bits)
    {
        using var rsa = RSA.Create(bits);
        var url = await Client.UrlAsync("newAccount");
        var key = rsa.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "RSA", ["n"] = TinyAcmeClient.B64(key.Modulus), ["e"] = TinyAcmeClient.B64(key.Exponent) };
        var header = TinyAcmeClient.B64(new JsonObject { ["alg"] = "RS256", ["nonce"] = await Client.NonceAsync(), ["url"] = url, ["jwk"] = jwk }.ToJsonString());
        var payload = TinyAcmeClient.B64("""{"termsOfServiceAgreed":true}""");
        var signature = TinyAcmeClient.B64(rsa.SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return await Client.SendAsync(url, new JsonObject { ["protected"] = header, ["payload"] = payload, ["signature"] = signature }.ToJsonString());
    }
}
