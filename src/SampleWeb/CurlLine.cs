using System.Net;
using System.Net.Sockets;

namespace SampleWeb;

/// <summary>How to visit a name of this machine that no DNS server knows, with a root that nobody trusts yet. Pure.</summary>
internal static class CurlLine
{
    /// <param name="name">Of a certificate: an address, a name, or a wildcard, of which it is any name below it.</param>
    public static string Of(string root, string name, int port)
    {
        if (IPAddress.TryParse(name, out var address)) return $"curl --cacert '{root}' https://{(address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : name)}:{port}/";

        var host = name.Replace("*", "any", StringComparison.Ordinal);
        return $"curl --cacert '{root}' --resolve {host}:{port}:127.0.0.1 https://{host}:{port}/";
    }
}
