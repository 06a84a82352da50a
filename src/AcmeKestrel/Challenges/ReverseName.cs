using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AcmeKestrel.Challenges;

/// <summary>The server name a tls-alpn-01 probe uses for an address (RFC 8738 section 6): SNI cannot carry an address itself.</summary>
internal static class ReverseName
{
    public static string Of(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}.in-addr.arpa"
            : OfNibbles(bytes);
    }

    /// <summary>RFC 3596 section 2.5: every nibble a label, the last one first.</summary>
    private static string OfNibbles(byte[] bytes)
    {
        var name = new StringBuilder("ip6.arpa".Length + (bytes.Length * 4));
        for (var i = bytes.Length - 1; i >= 0; i--) name.Append(CultureInfo.InvariantCulture, $"{bytes[i] & 0xF:x}.{bytes[i] >> 4:x}.");
        return name.Append("ip6.arpa").ToString();
    }
}
