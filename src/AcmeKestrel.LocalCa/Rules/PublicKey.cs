using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A client's public key out of a JWK (RFC 7517, RFC 7518 section 6), of the kinds this CA takes.</summary>
internal sealed class PublicKey
{
    private readonly Func<byte[], byte[], bool> _verify;

    private PublicKey(string algorithm, string canonical, byte[] subjectPublicKeyInfo, Func<byte[], byte[], bool> verify)
    {
        (Algorithm, SubjectPublicKeyInfo, _verify) = (algorithm, subjectPublicKeyInfo, verify);
        Thumbprint = Base64UrlStrict.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
    }

    /// <summary>The one algorithm this key may sign with here.</summary>
    public string Algorithm { get; }

    /// <summary>RFC 7638.</summary>
    public string Thumbprint { get; }

    public byte[] SubjectPublicKeyInfo { get; }

    public bool Verify(byte[] data, byte[] signature) => _verify(data, signature);

    public static PublicKey FromJwk(JsonElement jwk)
    {
        if (jwk.ValueKind != JsonValueKind.Object) throw CaProblem.Malformed("'jwk' is no object");

        try
        {
            return Member(jwk, "kty") switch
            {
                "EC" => Ec(Member(jwk, "crv"), Member(jwk, "x"), Member(jwk, "y")),
                "RSA" => Rsa(Member(jwk, "n"), Member(jwk, "e")),
                var other => throw new CaProblem(400, "badPublicKey", $"keys of type '{other}' are not taken"),
            };
        }
        catch (CryptographicException)
        {
            throw new CaProblem(400, "badPublicKey", "the key is not valid");
        }
    }

    private static PublicKey Ec(string crv, string x, string y)
    {
        var (curve, algorithm, hash, width) = crv switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, "ES256", HashAlgorithmName.SHA256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, "ES384", HashAlgorithmName.SHA384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, "ES512", HashAlgorithmName.SHA512, 66),
            _ => throw new CaProblem(400, "badPublicKey", $"curve '{crv}' is not taken"),
        };
        var point = new ECPoint { X = Base64UrlStrict.Decode(x, "x"), Y = Base64UrlStrict.Decode(y, "y") };
        if (point.X.Length != width || point.Y.Length != width) throw new CaProblem(400, "badPublicKey", "coordinates must have the full width of the field (RFC 7518 section 6.2.1)");

        var key = ECDsa.Create(new ECParameters { Curve = curve, Q = point });
        return new PublicKey(algorithm, $$"""{"crv":"{{crv}}","kty":"EC","x":"{{x}}","y":"{{y}}"}""", key.ExportSubjectPublicKeyInfo(),
            (data, signature) => signature.Length == 2 * width && key.VerifyData(data, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    private static PublicKey Rsa(string n, string e)
    {
        var key = RSA.Create(new RSAParameters { Modulus = Base64UrlStrict.Decode(n, "n"), Exponent = Base64UrlStrict.Decode(e, "e") });
        if (key.KeySize is < 2048 or > 4096) throw new CaProblem(400, "badPublicKey", "RSA keys must have 2048 to 4096 bits");

        return new PublicKey("RS256", $$"""{"e":"{{e}}","kty":"RSA","n":"{{n}}"}""", key.ExportSubjectPublicKeyInfo(),
            (data, signature) => key.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static string Member(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw CaProblem.Malformed($"'jwk' lacks '{name}'");
}
