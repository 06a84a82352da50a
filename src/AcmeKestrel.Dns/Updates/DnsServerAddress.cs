using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.Dns.Updates;

/// <summary>A server as an operator writes it: a host or an address, with a port or without.</summary>
internal sealed record DnsServerAddress(string Host, int Port)
{
    private const int Usual = 53;

    /// <summary>Null: it is none.</summary>
    public static DnsServerAddress? TryParse(string text)
    {
        var bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        if (bracket < 0 && IPAddress.TryParse(text, out var address)) return new DnsServerAddress(address.ToString(), Usual);

        var end = text.IndexOf(':', bracket + 1) is >= 0 and var colon ? colon : text.Length;
        var port = Usual;
        if (end < text.Length && !(int.TryParse(text.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue)) return null;
        if (bracket < 0) return Uri.CheckHostName(text[..end]) is UriHostNameType.Dns or UriHostNameType.IPv4 ? new DnsServerAddress(text[..end], port) : null;
        return bracket == end - 1 && IPAddress.TryParse(text.AsSpan(1, bracket - 1), out var literal) ? new DnsServerAddress(literal.ToString(), port) : null;
    }

    /// <summary>In the system's order.</summary>
    /// <exception cref="DnsProviderException">It has none.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> FindAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(Host, out var address)) return [new IPEndPoint(address, Port)];
        try
        {
            var found = await System.Net.Dns.GetHostAddressesAsync(Host, cancellationToken).ConfigureAwait(false);
            return found.Length > 0 ? [.. found.Select(one => new IPEndPoint(one, Port))] : throw new DnsProviderException($"The server {this} has no address");
        }
        catch (SocketException unknown)
        {
            throw new DnsProviderException($"The address of the server {this} is not found: {unknown.Message}", unknown);
        }
    }

    public override string ToString() => Port == Usual ? Host : Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
