using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AcmeKestrel.Challenges;

/// <summary>The server name a tls-alpn-01 probe uses for an address (RFC 8738 section 6): SNI cannot carry an address itself.</summary>
internal static class ReverseName
{
    private const string OfFour = ".in-addr.arpa";
    private const string OfSix = ".ip6.arpa";

    public static string Of(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}{OfFour}"
            : OfNibbles(bytes);
    }

    /// <summary>The address that a probe with this server name is for; null: it is no address' name, or not the one that a probe would have.</summary>
    public static IPAddress? AddressOf(string serverName)
    {
        var read = serverName.EndsWith(OfFour, StringComparison.OrdinalIgnoreCase) ? ReadFour(serverName[..^OfFour.Length])
            : serverName.EndsWith(OfSix, StringComparison.OrdinalIgnoreCase) ? ReadSix(serverName[..^OfSix.Length])
            : null;
        return read is not null && Of(read).Equals(serverName, StringComparison.OrdinalIgnoreCase) ? read : null;
    }

    private static IPAddress? ReadFour(string labels)
    {
        var (texts, bytes) = (labels.Split('.'), new byte[4]);
        if (texts.Length != bytes.Length) return null;

        for (var i = 0; i < bytes.Length; i++)
        {
            if (!byte.TryParse(texts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[^(i + 1)])) return null;
        }

        return new IPAddress(bytes);
    }

    /// <summary>A nibble is one digit, and has a dot behind it but for the last one.</summary>
    private static IPAddress? ReadSix(string labels)
    {
        const int Nibbles = 32;
        if (labels.Length != (Nibbles * 2) - 1) return null;

        var digits = string.Create(Nibbles, labels, static (digits, labels) =>
        {
            for (var i = 0; i < digits.Length; i++) digits[^(i + 1)] = labels[i * 2];
        });
        return digits.All(char.IsAsciiHexDigit) ? new IPAddress(Convert.FromHexString(digits)) : null;
    }

    /// <summary>RFC 3596 section 2.5: every nibble a label, the last one first.</summary>
    private static string OfNibbles(byte[] bytes)
    {
        var name = new StringBuilder("ip6.arpa".Length + (bytes.Length * 4));
        for (var i = bytes.Length - 1; i >= 0; i--) name.Append(CultureInfo.InvariantCulture, $"{bytes[i] & 0xF:x}.{bytes[i] >> 4:x}.");
        return name.Append("ip6.arpa").ToString();
    }
}
