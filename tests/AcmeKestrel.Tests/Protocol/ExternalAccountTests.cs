using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>External account bindings (RFC 8555 section 7.3.4).</summary>
public sealed class ExternalAccountTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")]
    [InlineData("+/+/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")]
    [InlineData("-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==")]
    [InlineData("-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ")]
    [InlineData(" +/+/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISI= \n")]
    public async Task It_is_bound_however_its_key_is_written(string macKey)
    {
        using var ca = Registering();
        using var key = AcmeAccountKey.Create();

        await ca.Client().RegisterAsync(key, new AcmeRegistration { ExternalAccount = new() { KeyId = "kid-\"1\"", MacKey = macKey } }, Ct);

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

        var fault = await Assert.ThrowsAsync<AcmeException>(() => ca.Client().RegisterAsync(key, new AcmeRegistration { ExternalAccount = new() { KeyId = "kid-1", MacKey = macKey } }, Ct));

        Assert.Equal(AcmeFault.HumanNeeded, fault.Fault);
        Assert.Contains("kid-1", fault.Message, StringComparison.Ordinal);
        if (macKey.Length > 0) Assert.DoesNotContain(macKey, fault.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, ca.Count("/new-account"));
    }

    [Theory]
    [InlineData(AcmeMacAlgorithm.HS256, "HS256", 32)]
    [InlineData(AcmeMacAlgorithm.HS384, "HS384", 48)]
    [InlineData(AcmeMacAlgorithm.HS512, "HS512", 64)]
    public async Task Its_MAC_is_the_one_that_the_CA_wants(AcmeMacAlgorithm algorithm, string name, int width)
    {
        using var ca = Registering();
        using var key = AcmeAccountKey.Create();
        byte[] mac = [1, 2, 3];

        await ca.Client().RegisterAsync(key, new AcmeRegistration { ExternalAccount = new() { KeyId = "kid-1", MacKey = "AQID", Algorithm = algorithm } }, Ct);

        var binding = JsonDocument.Parse(ca.Requests.Last().Payload).RootElement.GetProperty("externalAccountBinding");
        var (header, signature) = (binding.GetProperty("protected").GetString()!, Jws.Decode(binding.GetProperty("signature").GetString()!));
        var signed = Encoding.ASCII.GetBytes($"{header}.{binding.GetProperty("payload").GetString()}");
        Assert.Equal((name, width), (JsonDocument.Parse(Jws.Decode(header)).RootElement.GetProperty("alg").GetString(), signature.Length));
        Assert.Equal(algorithm switch { AcmeMacAlgorithm.HS256 => HMACSHA256.HashData(mac, signed), AcmeMacAlgorithm.HS384 => HMACSHA384.HashData(mac, signed), _ => HMACSHA512.HashData(mac, signed) }, signature);
    }

    private static ScriptedCa Registering()
    {
        var ca = new ScriptedCa();
        ca.Answers["/new-account"] = _ => ScriptedCa.Json("{}", HttpStatusCode.Created, ("Location", ScriptedCa.AccountUrl));
        return ca;
    }
}
