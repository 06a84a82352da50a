using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Spreads names in time without chance: the same name gets the same place at every start, so that a restart neither hurries nor delays anything.</summary>
internal static class Jitter
{
    /// <summary>0 (inclusive) to 1 (exclusive), evenly spread over seeds.</summary>
    public static double Fraction(string seed)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(seed), hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) / (double)(1UL << 53);
    }
}
