using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Hooks;

/// <summary>HMAC-SHA256 over the time, a dot and the body: the time is signed as well, so that nobody sends an old one again.</summary>
internal static class WebhookSignature
{
    public static string Of(string secret, long timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        mac.AppendData(Encoding.UTF8.GetBytes(timestamp.ToString(CultureInfo.InvariantCulture)));
        mac.AppendData("."u8);
        mac.AppendData(body);
        return $"v1={Convert.ToHexStringLower(mac.GetHashAndReset())}";
    }
}
