using System.Security.Cryptography;

namespace AcmeKestrel.Dns.Wire;

/// <summary>A secret that a server knows by this name (RFC 8945).</summary>
/// <param name="Algorithm">One of <see cref="Algorithms"/>.</param>
internal sealed record TsigKey(string Name, string Algorithm, byte[] Secret)
{
    public static IReadOnlyList<string> Algorithms { get; } = ["hmac-sha256", "hmac-sha384", "hmac-sha512"];

    public byte[] Mac(ReadOnlySpan<byte> bytes) => Algorithm switch
    {
        "hmac-sha256" => HMACSHA256.HashData(Secret, bytes),
        "hmac-sha384" => HMACSHA384.HashData(Secret, bytes),
        _ => HMACSHA512.HashData(Secret, bytes),
    };

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Name} ({Algorithm})";
}
