using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace AcmeKestrel.Protocol.Signing;

/// <summary>Reads a private key as JWK (RFC 7518 sections 6.2.2 and 6.3.2), which is how some ACME clients keep their account's.</summary>
internal static class PrivateJsonWebKey
{
    /// <exception cref="FormatException">It is none.</exception>
    public static AsymmetricAlgorithm Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Text(document.RootElement, "kty") switch
            {
                "EC" => ECDsa.Create(Curve(document.RootElement)),
                "RSA" => RSA.Create(Numbers(document.RootElement)),
                var other => throw new FormatException($"The account key is a JWK of the type '{other}'; an RSA or an elliptic curve key is needed."),
            };
        }
        catch (Exception broken) when (broken is JsonException or KeyNotFoundException or InvalidOperationException or CryptographicException or PlatformNotSupportedException)
        {
            throw new FormatException("The account key is no private JWK, or is damaged.", broken);
        }
    }

    private static ECParameters Curve(JsonElement jwk)
    {
        var curve = Text(jwk, "crv") switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            var other => throw new FormatException($"The account key is on the curve '{other}'; P-256, P-384 or P-521 is needed."),
        };
        return new ECParameters { Curve = curve, D = Bytes(jwk, "d"), Q = new ECPoint { X = Bytes(jwk, "x"), Y = Bytes(jwk, "y") } };
    }

    private static RSAParameters Numbers(JsonElement jwk)
    {
        var (modulus, prime) = (Bytes(jwk, "n"), (Bytes(jwk, "n").Length + 1) / 2);
        return new RSAParameters
        {
            Modulus = modulus,
            Exponent = Bytes(jwk, "e"),
            D = Wide(Bytes(jwk, "d"), modulus.Length),
            P = Wide(Bytes(jwk, "p"), prime),
            Q = Wide(Bytes(jwk, "q"), prime),
            DP = Wide(Bytes(jwk, "dp"), prime),
            DQ = Wide(Bytes(jwk, "dq"), prime),
            InverseQ = Wide(Bytes(jwk, "qi"), prime),
        };
    }

    /// <summary>The platform wants each number in its full width, a JWK's have no leading zero.</summary>
    private static byte[] Wide(byte[] number, int width)
    {
        if (number.Length >= width) return number;

        var wide = new byte[width];
        number.CopyTo(wide, width - number.Length);
        return wide;
    }

    private static byte[] Bytes(JsonElement jwk, string member) => Base64Url.DecodeFromChars(Text(jwk, member));

    private static string Text(JsonElement jwk, string member) => jwk.GetProperty(member).GetString() ?? throw new FormatException($"The member '{member}' of the account key is null.");
}
