using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving.Hellos;

namespace AcmeKestrel.Serving;

/// <summary>Finds the certificate of ours for a handshake.</summary>
internal sealed class CertificateFinder(CertificateTable table, CertificateMisses misses, IAcmeSettings settings)
{
    /// <summary>One that TLS cannot use is left aside for a while, so the next look finds another; more than a few such ones are not worth a visitor's time.</summary>
    private const int MaxTries = 8;

    public ValueTask<ServedCertificate?> FindAsync(in ClientHello hello, EndPoint? local, EndPoint? remote)
    {
        if (FindUsable(hello, local) is { } certificate) return new(certificate);

        return misses.IsAsking && hello.ServerName is { } name ? AskAsync(name, hello, local, remote) : default;
    }

    private async ValueTask<ServedCertificate?> AskAsync(string name, ClientHello hello, EndPoint? local, EndPoint? remote) =>
        await misses.MayHaveComeAsync(name, new Asker((remote as IPEndPoint)?.Address, table.Knows(name))) ? FindUsable(hello, local) : null;

    private ServedCertificate? FindUsable(in ClientHello hello, EndPoint? local)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var found = hello.ServerName is { } name ? table.Find(name, hello.Accepts) : FindNameless(local, hello.Accepts);
            if (found is null || found.Context is not null) return found;
        }

        return null;
    }

    /// <summary>Without a server name the address that was connected to is the name: SNI cannot carry one (RFC 8738 section 6). Behind NAT it is another one than the client dialled.</summary>
    private ServedCertificate? FindNameless(EndPoint? local, KeyFamily accepts)
    {
        var address = local is IPEndPoint endpoint ? AddressText.Unmapped(endpoint.Address) : null;
        if (address is not null && table.Find(AddressText.Print(address), accepts) is { } own) return own;
        if (settings.Current.DefaultName is { } name && table.Find(name, accepts) is { } wanted) return wanted;

        return address is null ? null : table.FindOnlyAddress(address.AddressFamily, accepts);
    }
}
