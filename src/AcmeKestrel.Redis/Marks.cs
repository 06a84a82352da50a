using System.Buffers.Text;
using System.Security.Cryptography;

namespace AcmeKestrel.Redis;

/// <summary>Versions of records and marks of changes: at random, since a counter in Redis goes back when a failover loses writes, and would give one version to two contents.</summary>
internal static class Marks
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));
}
