using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 8555 section 7.3.5.</summary>
public sealed class KeyChangeTests : LocalCaRegisteredTests
{
    private const string Url = "https://ca.test/key-change";

    private readonly ECDsa _next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<ChallengeProbe> _probes = [];

    public KeyChangeTests() => Options.Validator = (probe, _) =>
    {
        _probes.Add(probe);
        return ValueTask.FromResult<ChallengeProblem?>(null);
    };

    public override async ValueTask DisposeAsync()
    {
        _next.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public void The_inner_request_yields_the_new_key()
    {
        var inner = CaRules.Sign(_next, Header(), Payload());

        Assert.Equal(CaRules.Key(_next).Thumbprint, Check(inner).Thumbprint);
    }

    public static TheoryData<string, string, Action<JsonObject>> SpoiledHeaders => new()
    {
        { "a nonce", "malformed", header => header["nonce"] = "AAAA" },
        { "another url", "malformed", header => header["url"] = "https://ca.test/new-account" },
        { "no url", "malformed", header => header.Remove("url") },
        { "a kid beside the key", "malformed", header => header["kid"] = "https://ca.test/account/x" },
        { "another key", "malformed", header => header["jwk"] = OtherJwk() },
        { "the algorithm of another key", "badSignatureAlgorithm", header => header["alg"] = "RS256" },
        { "a MAC", "badSignatureAlgorithm", header => header["alg"] = "HS256" },
    };

    [Theory]
    [MemberData(nameof(SpoiledHeaders))]
    public void A_spoiled_inner_header_is_refused(string what, string problem, Action<JsonObject> spoil)
    {
        var header = Header();
        spoil(header);

        var refused = CaRules.Refused(() => Check(CaRules.Sign(_next, header, Payload())));
        Assert.True(problem == refused.Type, $"{what}: {refused}");
    }

    [Fact]
    public void An_inner_request_signed_by_kid_is_refused()
    {
        var header = Header();
        header.Remove("jwk");
        header["kid"] = Client.Kid;

        Assert.Equal("malformed", CaRules.Refused(() => Check(CaRules.Sign(_next, header, Payload()))).Type);
    }

    public static TheoryData<string, Action<JsonObject>> SpoiledPayloads => new()
    {
        { "another account", payload => payload["account"] = "https://ca.test/account/x" },
        { "no account", payload => payload.Remove("account") },
        { "another old key", payload => payload["oldKey"] = OtherJwk() },
        { "no old key", payload => payload.Remove("oldKey") },
        { "an old key that is none", payload => payload["oldKey"] = "x" },
    };

    [Theory]
    [MemberData(nameof(SpoiledPayloads))]
    public void A_spoiled_inner_payload_is_refused(string what, Action<JsonObject> spoil)
    {
        var payload = JsonNode.Parse(Payload())!.AsObject();
        spoil(payload);

        var refused = CaRules.Refused(() => Check(CaRules.Sign(_next, Header(), payload.ToJsonString())));
        Assert.True(refused.Type == "malformed", $"{what}: {refused}");
    }

    [Fact]
    public void An_inner_request_that_was_tampered_with_is_refused()
    {
        var inner = CaRules.Sign(_next, Header(), Payload());
        inner["signature"] = TinyAcmeClient.B64(new byte[64]);

        Assert.Equal("malformed", CaRules.Refused(() => Check(inner)).Type);
        Assert.Equal("malformed", CaRules.Refused(() => KeyChange.Check(Outer([]), Account())).Type);
    }

    [Fact]
    public async Task The_account_lives_on_under_the_new_key_and_its_pending_order_with_it()
    {
        var order = await Client.OrderAsync("shop.test");
        var authorization = await Client.ReadAsync((string)order.Json["authorizations"]![0]!);
        var token = (string)authorization.Json["challenges"]![0]!["token"]!;

        var changed = await ChangeAsync(Client, _next);
        Assert.Equal((200, Client.Kid), (changed.Status, changed.Header("Location")));
        Assert.Equal((400, "malformed"), (await Client.ReadAsync(Client.Kid!)) is var old ? (old.Status, old.Problem) : default);

        using var client = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl) { Key = _next, Kid = Client.Kid };
        await client.ProveAsync(order, "http-01", (_, _) => { });
        Assert.Equal($"{token}.{client.Thumbprint}", Assert.Single(_probes).KeyAuthorization);
        Assert.Equal("ready", (string)(await client.ReadAsync(order.Header("Location")!)).Json["status"]!);

        client.Kid = null;
        var found = await client.RegisterAsync("""{"onlyReturnExisting":true}""");
        Assert.Equal((200, Client.Kid), (found.Status, found.Header("Location")));
    }

    [Fact]
    public async Task A_key_in_use_is_answered_with_409_and_the_location_of_its_account()
    {
        using var other = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        await other.RegisterAsync();

        var reply = await ChangeAsync(Client, other.Key);
        Assert.Equal((409, other.Kid), (reply.Status, reply.Header("Location")));
        Assert.Equal(200, (await Client.ReadAsync(Client.Kid!)).Status);
    }

    [Fact]
    public async Task It_is_signed_outside_by_the_account()
    {
        var kid = Client.Kid!;
        var inner = CaRules.Sign(_next, Header(), Payload()).ToJsonString();
        Client.Kid = null;
        Assert.Equal("malformed", (await Client.PostAsync(Url, inner)).Problem);

        using var stranger = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        await stranger.RegisterAsync();
        Assert.Equal("malformed", (await stranger.PostAsync(Url, inner)).Problem);
        Client.Kid = kid;
        Assert.Equal(200, (await Client.ReadAsync(kid)).Status);
    }

    private static JsonObject OtherJwk()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return CaRules.Jwk(other);
    }

    private static async Task<Reply> ChangeAsync(TinyAcmeClient client, ECDsa next)
    {
        var url = await client.UrlAsync("keyChange");
        var header = new JsonObject { ["alg"] = "ES256", ["jwk"] = CaRules.Jwk(next), ["url"] = url };
        return await client.PostAsync(url, CaRules.Sign(next, header, new JsonObject { ["account"] = client.Kid, ["oldKey"] = client.Jwk() }.ToJsonString()).ToJsonString());
    }

    private JsonObject Header() => new() { ["alg"] = "ES256", ["jwk"] = CaRules.Jwk(_next), ["url"] = Url };

    private string Payload() => new JsonObject { ["account"] = Client.Kid, ["oldKey"] = Client.Jwk() }.ToJsonString();

    private Account Account() => new("id", CaRules.Key(Client.Key), [], Status.Valid);

    private Jws Outer(byte[] payload) => new("ES256", "nonce", Url, null, Client.Kid, payload, [], []);

    private PublicJwk Check(JsonObject inner) => KeyChange.Check(Outer(Encoding.UTF8.GetBytes(inner.ToJsonString())), Account());
}
