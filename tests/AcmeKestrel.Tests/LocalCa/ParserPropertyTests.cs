using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa.Rules;
using CsCheck;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>Whatever a client sends, the CA's parsers end in a value or a refusal: no other exception leaves them.</summary>
public sealed class ParserPropertyTests : IDisposable
{
    private const int Cases = 3_000;

    /// <summary>Pieces that a parser might trip over; random text seldom contains them.</summary>
    private static readonly string[] Pieces =
    [
        "", "null", "true", "1e999", "-1", "99999999999999999999", "\"\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "[]", "[null]", "[\"\\ud800\"]", "{}", "[{}]", "{\"\\ud800\":1}",
        "\"a\"", "\"AA\"", "\"A\"", "\"AA==\"", "\" AA\"", "\"ES256\"", "\"HS256\"", "\"RSA\"", "\"EC\"", "[[[[[[[[[[[[1]]]]]]]]]]]]",
    ];

    private static readonly string[] Members =
    [
        "protected", "payload", "signature", "header", "alg", "nonce", "url", "jwk", "kid", "crit", "b64", "kty", "crv", "x", "y", "n", "e", "d", "contact", "status", "termsOfServiceAgreed",
        "externalAccountBinding", "identifiers", "type", "value", "csr", "reason", "account", "oldKey",
    ];

    private static readonly Gen<string> Json = Gen.Select(OneOf(Members), OneOf(Pieces)).Array[0, 6].Select(pairs => "{" + string.Join(',', pairs.Select(p => $"\"{p.Item1}\":{p.Item2}")) + "}");

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Random_bytes_are_no_request() => Gen.Byte.Array[0, 300].Sample(bytes => ValueOrRefusal(() => Jws.Parse(bytes)), iter: Cases);

    [Fact]
    public void A_mutated_request_is_a_request_or_refused()
    {
        var good = Encoding.UTF8.GetBytes(Request(Header().ToJsonString(), "{}"));

        Mutated(good).Sample(bytes => ValueOrRefusal(() => Jws.Parse(bytes)), iter: Cases);
    }

    [Fact]
    public void A_mutated_protected_header_is_a_header_or_refused()
    {
        var good = Encoding.UTF8.GetBytes(Header().ToJsonString());

        Mutated(good).Sample(bytes => ValueOrRefusal(() => Verified(Jws.Parse(Request(bytes)))), iter: Cases);
    }

    [Fact]
    public void Any_mix_of_members_is_read_or_refused() => Gen.Select(Json, Json).Sample(
        (outer, inner) => ValueOrRefusal(() => Jws.Parse(Encoding.UTF8.GetBytes(outer)))
            && ValueOrRefusal(() => Verified(Jws.Parse(Request(Encoding.UTF8.GetBytes(inner)))))
            && ValueOrRefusal(() => PublicJwk.Parse(JsonMembers.Parse(Encoding.UTF8.GetBytes(inner), "The key")).Verify([1], [2])),
        iter: Cases);

    [Fact]
    public void Any_member_of_any_object_is_read_or_refused() => Gen.Select(Gen.OneOf(Json.Select(Encoding.UTF8.GetBytes), Json.SelectMany(json => Mutated(Encoding.UTF8.GetBytes(json)))), OneOf(Members)).Sample(
        (json, name) => new Func<JsonMembers, object?>[]
        {
            m => m.Names.Count(), m => m.Has(name), m => m.Raw(name), m => m.Text(name), m => m.OptionalText(name), m => m.Flag(name), m => m.OptionalNumber(name), m => m.Bytes(name),
            m => m.Object(name), m => m.Objects(name)?.Select(item => item.OptionalText("type")).ToList(), m => m.Texts(name),
        }.All(read => ValueOrRefusal(() => read(JsonMembers.Parse(json, "The payload")))),
        iter: Cases);

    [Fact]
    public void An_account_payload_is_taken_or_refused() => Gen.Select(Json, Json).Sample(
        (payload, binding) => ValueOrRefusal(() => new CaRules().Register(CaRules.Key(_key), payload))
            && ValueOrRefusal(() => ExternalAccountBinding.Check(CaRules.Members(Request(binding, "{}")), "https://ca.test/new-account", CaRules.Key(_key), new Dictionary<string, byte[]> { ["a"] = [1] })),
        iter: Cases / 3);

    [Fact]
    public void Random_or_mutated_names_are_names_or_none()
    {
        var san = new SubjectAlternativeNameBuilder();
        san.AddDnsName("shop.test");
        san.AddIpAddress(System.Net.IPAddress.IPv6Loopback);

        Gen.OneOf(Gen.Byte.Array[0, 60], Mutated(san.Build().RawData)).Sample(
            bytes =>
            {
                GeneralNames.Parse(bytes);
                return true;
            },
            iter: Cases);
    }

    [Fact]
    public void A_mutated_signing_request_is_refused()
    {
        var good = TinyAcmeClient.Csr(_key, ["shop.test"], commonName: "shop.test");
        var names = new[] { new Identifier(Identifier.Dns, "shop.test") };

        Gen.OneOf(Gen.Byte.Array[0, 300], Mutated(good)).Sample(der => ValueOrRefusal(() => SigningRequest.Check(der, names, _ => false)), iter: Cases);
    }

    [Fact]
    public void A_well_signed_request_for_strange_things_is_taken_or_refused()
    {
        var subject = new X500DistinguishedName("CN=shop.test, O=Shop, C=DE").RawData;
        var san = new SubjectAlternativeNameBuilder();
        san.AddDnsName("shop.test");
        var names = new[] { new Identifier(Identifier.Dns, "shop.test") };

        Gen.Select(Gen.OneOf(Gen.Const(subject), Mutated(subject)), Gen.OneOf(Gen.Const(san.Build().RawData), Mutated(san.Build().RawData))).Sample(
            (subjectBytes, sanBytes) =>
            {
                byte[] der;
                try
                {
                    var request = new CertificateRequest(new X500DistinguishedName(subjectBytes), _key, HashAlgorithmName.SHA256);
                    request.CertificateExtensions.Add(new X509Extension(GeneralNames.Oid, sanBytes, critical: false));
                    der = request.CreateSigningRequest();
                }
                catch (CryptographicException)
                {
                    return true;
                }

                return ValueOrRefusal(() => SigningRequest.Check(der, names, _ => false));
            },
            iter: Cases / 3);
    }

    private static Gen<string> OneOf(string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static bool ValueOrRefusal(Func<object?> parse)
    {
        try
        {
            parse();
        }
        catch (RefusalException refusal)
        {
            // What is refused must be fit to be told.
            Assert.True(refusal.Problem.Status is >= 400 and < 500 && refusal.Problem.Detail.Length < 100_000);
        }

        return true;
    }

    private static object Verified(Jws jws)
    {
        if (jws.Key is { } key) jws.Verify(key);
        return jws;
    }

    /// <summary>A few bytes changed, put in, taken out, or the end cut off.</summary>
    private static Gen<byte[]> Mutated(byte[] good) => Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, 3]).Array[1, 4].Select(changes =>
    {
        var bytes = good.ToList();
        foreach (var (at, value, how) in changes)
        {
            if (at >= bytes.Count) continue;
            if (how == 0) bytes[at] = value;
            else if (how == 1) bytes.Insert(at, value);
            else if (how == 2) bytes.RemoveAt(at);
            else if (value < 32) bytes.RemoveRange(at, bytes.Count - at);
            else bytes[at] ^= (byte)(1 << (value % 8));
        }

        return bytes.ToArray();
    });

    private JsonObject Header() => new() { ["alg"] = "ES256", ["nonce"] = "AAAA", ["url"] = "https://ca.test/new-account", ["jwk"] = CaRules.Jwk(_key) };

    private string Request(string header, string payload)
    {
        var (head, body) = (TinyAcmeClient.B64(header), TinyAcmeClient.B64(payload));
        return new JsonObject { ["protected"] = head, ["payload"] = body, ["signature"] = TinyAcmeClient.B64(_key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256)) }.ToJsonString();
    }

    private static byte[] Request(byte[] header) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["protected"] = TinyAcmeClient.B64(header), ["payload"] = "", ["signature"] = TinyAcmeClient.B64(new byte[64]) }.ToJsonString());
}
