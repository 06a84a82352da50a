using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 8555 section 7.3.4.</summary>
public sealed class ExternalAccountTests : IDisposable
{
    private const string Url = "https://ca.test/new-account";

    private readonly CaRules _ca = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _mac = RandomNumberGenerator.GetBytes(32);

    public ExternalAccountTests()
    {
        _ca.Options.ExternalAccountRequired = true;
        _ca.Options.ExternalAccounts["kid-1"] = _mac;
    }

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public void A_binding_by_a_known_key_registers_and_is_shown_again(string algorithm)
    {
        var binding = Binding(algorithm);
        var (account, created) = Register(binding);

        Assert.True(created);
        Assert.Equal(binding.ToJsonString(), account.ExternalAccountBinding!.Value.GetRawText());
    }

    [Fact]
    public void Without_one_there_is_no_account()
    {
        var problem = CaRules.Refused(() => Register(null));
        Assert.Equal(("externalAccountRequired", 403), (problem.Type, problem.Status));

        _ca.Options.ExternalAccountRequired = false;
        Assert.True(Register(null).Created);
    }

    [Fact]
    public void A_key_id_serves_one_account_which_may_come_again()
    {
        Register(Binding());
        Assert.False(Register(Binding()).Created);
        Assert.False(Register(null).Created);

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var problem = CaRules.Refused(() => _ca.Register(CaRules.Key(other), Payload(Binding(payload: CaRules.Jwk(other).ToJsonString()))));
        Assert.Equal(("unauthorized", 403), (problem.Type, problem.Status));
        Assert.Single(_ca.State.Accounts);
    }

    [Fact]
    public void A_refused_registration_spends_no_key_id()
    {
        Assert.Equal("invalidContact", CaRules.Refused(() => _ca.Register(
            CaRules.Key(_key), $$"""{"termsOfServiceAgreed":true,"contact":["mailto:x"],"externalAccountBinding":{{Binding().ToJsonString()}}}""")).Type);

        Assert.True(Register(Binding()).Created);
    }

    [Fact]
    public void A_binding_that_nobody_asked_for_is_checked_all_the_same()
    {
        _ca.Options.ExternalAccountRequired = false;

        Assert.Equal("unauthorized", CaRules.Refused(() => Register(Binding(mac: new byte[32]))).Type);
        Assert.True(Register(Binding()).Created);
    }

    public static TheoryData<string, string, Action<JsonObject>> SpoiledHeaders => new()
    {
        { "an unknown key id", "unauthorized", header => header["kid"] = "kid-2" },
        { "no key id", "malformed", header => header.Remove("kid") },
        { "a signature's algorithm", "malformed", header => header["alg"] = "ES256" },
        { "no algorithm", "malformed", header => header["alg"] = "none" },
        { "a nonce", "malformed", header => header["nonce"] = "AAAA" },
        { "a key of its own", "malformed", header => header["jwk"] = new JsonObject() },
        { "another url", "malformed", header => header["url"] = "https://ca.test/new-order" },
        { "no url", "malformed", header => header.Remove("url") },
        { "an unknown critical extension", "malformed", header => header["crit"] = new JsonArray("b64") },
    };

    [Theory]
    [MemberData(nameof(SpoiledHeaders))]
    public void A_spoiled_header_is_refused(string what, string problem, Action<JsonObject> spoil)
    {
        var refused = CaRules.Refused(() => Register(Binding(spoil: spoil)));
        Assert.True(problem == refused.Type, $"{what}: {refused}");
        Assert.Empty(_ca.State.Accounts);
    }

    public static TheoryData<string, string, Action<JsonObject>> SpoiledMessages => new()
    {
        { "another MAC", "unauthorized", message => message["signature"] = TinyAcmeClient.B64(new byte[32]) },
        { "half a MAC", "unauthorized", message => message["signature"] = TinyAcmeClient.B64(new byte[16]) },
        { "no MAC", "unauthorized", message => message["signature"] = "" },
        { "padding", "malformed", message => message["signature"] = (string)message["signature"]! + "=" },
        { "an unprotected header", "malformed", message => message["header"] = new JsonObject() },
        { "no payload", "malformed", message => message.Remove("payload") },
        { "an empty payload", "malformed", message => message["payload"] = "" },
    };

    [Theory]
    [MemberData(nameof(SpoiledMessages))]
    public void A_spoiled_message_is_refused(string what, string problem, Action<JsonObject> spoil)
    {
        var binding = Binding();
        spoil(binding);

        var refused = CaRules.Refused(() => Register(binding));
        Assert.True(problem == refused.Type, $"{what}: {refused}");
    }

    [Fact]
    public void It_is_about_the_key_that_signs_the_registration()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal("malformed", CaRules.Refused(() => Register(Binding(payload: CaRules.Jwk(other).ToJsonString()))).Type);
        Assert.Equal("malformed", CaRules.Refused(() => Register(Binding(payload: """{"kty":"oct"}"""))).Type);
        Assert.Equal("malformed", CaRules.Refused(() => _ca.Register(CaRules.Key(_key), """{"termsOfServiceAgreed":true,"externalAccountBinding":"x"}""")).Type);
    }

    [Fact]
    public async Task The_directory_announces_it_and_the_account_shows_it()
    {
        var options = new LocalCaServerOptions { ExternalAccountRequired = true, ExternalAccounts = { ["kid-1"] = _mac } };
        await using var ca = new LocalCaServer(options);
        using var client = new TinyAcmeClient(ca.CreateHandler(), ca.DirectoryUrl) { Key = _key };
        await client.UrlAsync("newAccount");
        Assert.True((bool)client.Directory!["meta"]!["externalAccountRequired"]!);

        Assert.Equal((403, "externalAccountRequired"), (await client.RegisterAsync()) is var refused ? (refused.Status, refused.Problem) : default);
        var binding = Binding();
        var created = await client.RegisterAsync(Payload(binding));
        Assert.Equal(201, created.Status);
        Assert.Equal(binding.ToJsonString(), (await client.ReadAsync(client.Kid!)).Json["externalAccountBinding"]!.ToJsonString());

        options.ExternalAccountRequired = false;
        using var late = new TinyAcmeClient(ca.CreateHandler(), ca.DirectoryUrl);
        await late.UrlAsync("newAccount");
        Assert.Null(late.Directory!["meta"]!["externalAccountRequired"]);
    }

    private static string Payload(JsonObject? binding) =>
        binding is null ? """{"termsOfServiceAgreed":true}""" : new JsonObject { ["termsOfServiceAgreed"] = true, ["externalAccountBinding"] = binding.DeepClone() }.ToJsonString();

    private (Account Account, bool Created) Register(JsonObject? binding) => _ca.Register(CaRules.Key(_key), Payload(binding));

    private JsonObject Binding(string algorithm = "HS256", byte[]? mac = null, string? payload = null, Action<JsonObject>? spoil = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["kid"] = "kid-1", ["url"] = Url };
        spoil?.Invoke(header);
        var (head, body) = (TinyAcmeClient.B64(header.ToJsonString()), TinyAcmeClient.B64(payload ?? CaRules.Jwk(_key).ToJsonString()));
        var input = Encoding.ASCII.GetBytes($"{head}.{body}");
        var tag = algorithm switch { "HS384" => HMACSHA384.HashData(mac ?? _mac, input), "HS512" => HMACSHA512.HashData(mac ?? _mac, input), _ => HMACSHA256.HashData(mac ?? _mac, input) };
        return new JsonObject { ["protected"] = head, ["payload"] = body, ["signature"] = TinyAcmeClient.B64(tag) };
    }
}
