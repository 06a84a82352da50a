using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AcmeKestrel.Certificates;

/// <summary>The canonical text of IP addresses (RFC 8738 section 3): a dotted quad, or RFC 5952.</summary>
internal static class AddressText
{
    private static readonly SearchValues<char> V6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>A colon or a number as the last label can be no host name; what then is no address is refused as one.</summary>
    public static bool LooksLikeAddress(string text)
    {
        if (text.Contains(':')) return true;

        var lastLabel = text.AsSpan(text.LastIndexOf('.') + 1);
        return lastLabel.Length > 0 && !lastLabel.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Null where <paramref name="canonical"/> holds the address, else what is wrong.</summary>
    public static string? TryCanonicalise(string text, out string canonical)
    {
        canonical = "";
        if (text.Contains(':')) return TryCanonicaliseV6(text, out canonical);

        // The parser takes "1.2" (1.0.0.2) and octal "010.0.0.1" (8.0.0.1).
        if (!IsDottedQuad(text)) return "is no host name and no IPv4 address.";

        canonical = text;
        return null;
    }

    /// <summary>An IPv4 address that a socket of both families writes as an IPv6 one, as itself.</summary>
    public static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>RFC 5952; where the platform would write an IPv4 tail, a CA expects hexadecimal.</summary>
    public static string Print(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return address.ToString();

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var (runStart, runLength) = LongestZeroRun(bytes);
        var text = new StringBuilder(39);
        for (var group = 0; group < 8; group++)
        {
            if (group == runStart)
            {
                text.Append("::");
                group += runLength - 1;
                continue;
            }

            if (text.Length > 0 && text[^1] != ':') text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(bytes[(group * 2)..]):x}");
        }

        return text.ToString();
    }

    private static string? TryCanonicaliseV6(string text, out string canonical)
    {
        canonical = "";
        if (text.StartsWith('[')) return "has brackets: write an IPv6 address without brackets and port.";
        if (text.AsSpan().ContainsAnyExcept(V6Characters)) return "has a ':': names take no port and no scheme.";

        var tail = text[(text.LastIndexOf(':') + 1)..];
        if (text.IndexOf(':') == text.LastIndexOf(':')) return "has a ':': names take no port and no scheme.";
        if ((tail.Contains('.') && !IsDottedQuad(tail)) || !IPAddress.TryParse(text, out var address)) return "is no IPv6 address.";
        if (address.IsIPv4MappedToIPv6) return $"is an IPv4 address in IPv6 text: write {address.MapToIPv4()}.";

        canonical = Print(address);
        return null;
    }

    private static bool IsDottedQuad(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text;

    /// <summary>RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals.</summary>
    private static (int Start, int Length) LongestZeroRun(ReadOnlySpan<byte> bytes)
    {
        var (bestStart, bestLength) = (-1, 1);
        for (int group = 0, length = 0; group < 8; group++)
        {
            length = bytes[group * 2] == 0 && bytes[(group * 2) + 1] == 0 ? length + 1 : 0;
            if (length > bestLength) (bestStart, bestLength) = (group - length + 1, length);
        }

        return (bestStart, bestLength);
    }
}
