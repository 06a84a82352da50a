using System.Net;
using System.Net.NetworkInformation;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>Whoever the system asks.</summary>
internal static class SystemResolvers
{
    private const string Configuration = "/etc/resolv.conf";

    /// <exception cref="DnsProviderException">It asks nobody.</exception>
    public static IReadOnlyList<IPEndPoint> Find()
    {
        try
        {
            var addresses = OperatingSystem.IsWindows() ? OfInterfaces() : In(File.ReadLines(Configuration));
            var servers = addresses.Distinct().Select(address => new IPEndPoint(address, ZoneServers.Port)).ToList();
            return servers.Count > 0 ? servers : throw new DnsProviderException("The system has no DNS resolver: name some in Acme:Dns:Resolvers");
        }
        catch (Exception unknown) when (unknown is NetworkInformationException or IOException or UnauthorizedAccessException)
        {
            throw new DnsProviderException($"The system's DNS resolvers are not found: {unknown.Message}", unknown);
        }
    }

    /// <summary>As in resolv.conf(5); what is no address is passed over.</summary>
    public static IEnumerable<IPAddress> In(IEnumerable<string> lines) =>
        lines.Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["nameserver", _, ..])
            .Select(words => IPAddress.TryParse(words[1], out var address) ? address : null)
            .OfType<IPAddress>();

    /// <summary>Without the site-local ones, which Windows names where there are none.</summary>
    private static IEnumerable<IPAddress> OfInterfaces() =>
        NetworkInterface.GetAllNetworkInterfaces().Where(one => one.OperationalStatus == OperationalStatus.Up).SelectMany(one => one.GetIPProperties().DnsAddresses).Where(address => !address.IsIPv6SiteLocal);
}
