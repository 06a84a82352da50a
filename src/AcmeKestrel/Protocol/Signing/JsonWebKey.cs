using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Protocol.Signing;

/// <summary>
/// Public keys as JWK (RFC 7517), in exactly the form a thumbprint is taken over (RFC 7638 section 3): required members only, in lexicographic order, no blank.
/// Written by hand, because a serializer promises neither order nor escaping.
/// </summary>
internal static class JsonWebKey
{
    /// <summary>Coordinates keep the curve's full width (RFC 7518 section 6.2.1.2).</summary>
    public static string Of(ECParameters key, string curve, int width) =>
        $$"""{"crv":"{{curve}}","kty":"EC","x":"{{FixedWidth(key.Q.X!, width)}}","y":"{{FixedWidth(key.Q.Y!, width)}}"}""";

    /// <summary>Numbers have no leading zero (RFC 7518 section 6.3.1).</summary>
    public static string Of(RSAParameters key) =>
        $$"""{"e":"{{Trimmed(key.Exponent!)}}","kty":"RSA","n":"{{Trimmed(key.Modulus!)}}"}""";

    public static string Thumbprint(string jwk) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(jwk)));

    private static string FixedWidth(byte[] coordinate, int width)
    {
        var full = new byte[width];
        coordinate.CopyTo(full, width - coordinate.Length);
        return Base64Url.EncodeToString(full);
    }

    private static string Trimmed(byte[] number) => Base64Url.EncodeToString(number.AsSpan().TrimStart((byte)0));
}
