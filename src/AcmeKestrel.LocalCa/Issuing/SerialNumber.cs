using System.Security.Cryptography;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>Positive, 127 random bits but one: RFC 5280 section 4.1.2.2 allows 20 octets, browsers want 64 bits of chance.</summary>
internal static class SerialNumber
{
    public static byte[] New()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[0] = (byte)((bytes[0] & 0x7F) | 0x40);
        return bytes;
    }
}
