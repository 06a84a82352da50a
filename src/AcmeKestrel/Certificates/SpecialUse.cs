using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.Certificates;

/// <summary>Names and addresses that no public CA can certify, so that none is asked (RFC 6761, RFC 6762, RFC 7686, RFC 9476, IANA's special-purpose address registries).</summary>
internal static class SpecialUse
{
    private static readonly string[] Domains = ["test", "localhost", "local", "internal", "example", "invalid", "onion", "alt", "arpa", "example.com", "example.net", "example.org"];

    private static readonly IPNetwork[] Networks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Null for what a public CA may be asked for, else why not.</summary>
    public static string? Find(AcmeIdentifier identifier)
    {
        if (identifier.Type == AcmeIdentifierType.Ip) return IsSpecial(IPAddress.Parse(identifier.Value)) ? "is a special-purpose address" : null;

        var host = identifier.IsWildcard ? identifier.Value[2..] : identifier.Value;
        if (!host.Contains('.')) return "is a single label";

        var special = Domains.FirstOrDefault(domain => host == domain || host.EndsWith("." + domain, StringComparison.Ordinal));
        return special is null ? null : $"lies in '{special}', which is reserved";
    }

    private static bool IsSpecial(IPAddress address) =>
        Networks.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));
}
