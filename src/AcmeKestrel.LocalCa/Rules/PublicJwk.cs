using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>An account's public key (RFC 7517), with what the CA does with one: verify, compare, thumbprint.</summary>
internal sealed record PublicJwk
{
    /// <summary>RS256, ES256, ES384, ES512: what Let's Encrypt takes.</summary>
    public static readonly IReadOnlyList<string> Algorithms = ["RS256", "ES256", "ES384", "ES512"];

    private PublicJwk(string algorithm, string canonical, byte[] subjectPublicKeyInfo)
    {
        Algorithm = algorithm;
        SubjectPublicKeyInfo = subjectPublicKeyInfo;
        Thumbprint = StrictBase64Url.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
    }

    /// <summary>The only <c>alg</c> that fits this key.</summary>
    public string Algorithm { get; }

    /// <summary>DER: what certificate keys are compared with.</summary>
    public byte[] SubjectPublicKeyInfo { get; }

    /// <summary>RFC 7638.</summary>
    public string Thumbprint { get; }

    public static PublicJwk Parse(JsonMembers jwk)
    {
        if (jwk.Has("d")) throw Bad("The key is a private one.");
        return jwk.Text("kty") switch
        {
            "EC" => EllipticCurve(jwk),
            "RSA" => Rsa(jwk),
            var other => throw Bad($"Keys of type '{other}' are not accepted."),
        };
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (Algorithm == "RS256")
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(SubjectPublicKeyInfo, out _);
            return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        var hash = Algorithm switch { "ES256" => HashAlgorithmName.SHA256, "ES384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        using var ec = ECDsa.Create();
        ec.ImportSubjectPublicKeyInfo(SubjectPublicKeyInfo, out _);
        // RFC 7518 section 3.4: r and s side by side at full width; anything else, DER included, is refused.
        return ec.VerifyData(data, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static PublicJwk EllipticCurve(JsonMembers jwk)
    {
        var name = jwk.Text("crv");
        var (algorithm, curve, width) = name switch
        {
            "P-256" => ("ES256", ECCurve.NamedCurves.nistP256, 32),
            "P-384" => ("ES384", ECCurve.NamedCurves.nistP384, 48),
            "P-521" => ("ES512", ECCurve.NamedCurves.nistP521, 66),
            _ => throw Bad($"The curve '{name}' is not accepted."),
        };
        var (x, y) = (jwk.Bytes("x"), jwk.Bytes("y"));
        if (x.Length != width || y.Length != width) throw Bad("A coordinate does not have its curve's full width.");

        try
        {
            using var key = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } });
            return new PublicJwk(algorithm, $$"""{"crv":"{{name}}","kty":"EC","x":"{{jwk.Text("x")}}","y":"{{jwk.Text("y")}}"}""", key.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException)
        {
            throw Bad("The point is not on its curve.");
        }
    }

    private static PublicJwk Rsa(JsonMembers jwk)
    {
        var (n, e) = (jwk.Bytes("n"), jwk.Bytes("e"));
        if (n is not [not 0, ..] || e is not [not 0, ..]) throw Bad("A number is empty or has leading zeros.");
        if (n.Length * 8 is not (2048 or 3072 or 4096)) throw Bad("An RSA key has 2048, 3072 or 4096 bits.");

        try
        {
            using var key = RSA.Create(new RSAParameters { Modulus = n, Exponent = e });
            return new PublicJwk("RS256", $$"""{"e":"{{jwk.Text("e")}}","kty":"RSA","n":"{{jwk.Text("n")}}"}""", key.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException)
        {
            throw Bad("The key is not an RSA public key.");
        }
    }

    private static RefusalException Bad(string detail) => new(new Problem("badPublicKey", 400, detail));
}
