using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>A generation's name: <c>&lt;utc&gt;-&lt;8 hex of SHA-256(order URL)&gt;</c>. It sorts by time, and a second commit of one order has the same.</summary>
internal static class GenerationId
{
    private const string Format = "yyyyMMdd'T'HHmmss'Z'";

    public static string Of(DateTimeOffset stamp, string orderUrl) =>
        string.Create(CultureInfo.InvariantCulture, $"{stamp.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture)}-{MarkOfOrder(orderUrl):x8}");

    /// <summary>What the order's URL is in the name.</summary>
    public static uint MarkOfOrder(string orderUrl) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(orderUrl)));

    /// <summary>The same of a name; null where it has none. Two orders have the same by chance, once in four thousand million pairs.</summary>
    public static uint? MarkOf(string generation) =>
        uint.TryParse(generation.AsSpan(generation.LastIndexOf('-') + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mark) ? mark : null;

    /// <summary>The time for a new one: generations sort by it, and it has seconds, so neither a clock that was set back nor two in one second may make the new one the older one.</summary>
    /// <param name="last">The present one, or null.</param>
    public static DateTimeOffset NextStamp(string? last, DateTimeOffset now)
    {
        var stamp = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        return last is not null && StampOf(last) is { } before && stamp <= before ? before.AddSeconds(1) : stamp;
    }

    /// <summary>The time in it, or null where it has none.</summary>
    public static DateTimeOffset? StampOf(string generation) =>
        DateTimeOffset.TryParseExact(generation.Split('-')[0], Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var stamp) ? stamp : null;
}
