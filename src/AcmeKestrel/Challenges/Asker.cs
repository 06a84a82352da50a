using System.Net;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>On whose behalf something is looked up: strangers must not use up what a CA's probe, or a visitor of a name that is here, needs.</summary>
/// <param name="Remote">Where the connection comes from.</param>
/// <param name="AsksForOurs">The name is one that is wished or stored here.</param>
internal readonly record struct Asker(IPAddress? Remote, bool AsksForOurs)
{
    public string Network => NetworkOf(Remote);

    /// <summary>The network that one party may have to itself: a /24, or a /48 of IPv6, of which sites are given as much (RFC 6177). Empty where that is not known.</summary>
    public static string NetworkOf(IPAddress? remote)
    {
        if (remote is null) return "";

        var bytes = AddressText.Unmapped(remote).GetAddressBytes();
        return Convert.ToHexString(bytes.AsSpan(0, bytes.Length == 4 ? 3 : 6));
    }
}
