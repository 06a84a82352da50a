using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>A generation's name: <c>&lt;utc&gt;-&lt;8 hex of SHA-256(order URL)&gt;</c>. It sorts by time, and a second commit of one order has the same.</summary>
internal static class GenerationId
{
    private const string Format = "yyyyMMdd'T'HHmmss'Z'";

    public static string Of(DateTimeOffset stamp, string orderUrl) =>
        $"{stamp.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(orderUrl)).AsSpan(0, 4))}";

    /// <summary>The time in it, or null where it has none.</summary>
    public static DateTimeOffset? StampOf(string generation) =>
        DateTimeOffset.TryParseExact(generation.Split('-')[0], Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var stamp) ? stamp : null;
}
