using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving.Hellos;

namespace AcmeKestrel.Serving.Finding;

/// <summary>Finds the certificate of ours for a handshake, to be released when its connection has ended.</summary>
internal sealed class CertificateFinder(CertificateTable table, CertificateLoads loads, CertificateMisses misses, CertificatesOnDemand onDemand, IAcmeSettings settings)
{
    /// <summary>One that cannot be used is left aside for a while, so the next look finds another; more than a few such ones are not worth a visitor's time.</summary>
    private const int MaxTries = 8;

    /// <inheritdoc cref="CertificateMisses.IsListing"/>
    public bool IsListing => misses.IsListing;

    /// <inheritdoc cref="CertificateMisses.Unlisted"/>
    public CertificateLateException Unlisted(string? name) => misses.Unlisted(name);

    /// <param name="isWarm">There was nothing to be opened, or waited for.</param>
    public ValueTask<LoadedCertificate?> FindAsync(in ClientHello hello, EndPoint? local, EndPoint? remote, out bool isWarm)
    {
        var found = Find(hello, local);
        var warm = found is not null && !onDemand.IsWanted(found) ? found.TryUse() : null;
        isWarm = warm is not null;
        if (isWarm) return new(warm);

        return found is null && !misses.IsAsking && !onDemand.IsOn ? default : WaitAsync(hello, local, remote);
    }

    /// <summary>A cold certificate is waited for: a stored name never gets what unknown names get. An unknown one is asked for once, by each name that it may have.</summary>
    private async ValueTask<LoadedCertificate?> WaitAsync(ClientHello hello, EndPoint? local, EndPoint? remote)
    {
        var (names, hasWaited) = (misses.IsAsking ? NamesOf(hello, local) : [], false);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var found = Find(hello, local);
            if (found is not null && (hasWaited || !onDemand.IsWanted(found)))
            {
                if (found.TryUse() is { } loaded) return loaded;

                await loads.LoadAsync(found, NetworkOf(remote)).ConfigureAwait(false);
                if (found.TryUse() is { } use) return use;
                continue;
            }

            var address = AddressOf(remote);
            var hasCome = false;
            while (!hasCome && names.TryDequeue(out var name)) hasCome = await misses.MayHaveComeAsync(name, hello.Accepts, address).ConfigureAwait(false);
            if (hasCome) continue;

            // An address is in no server name (RFC 8738 section 6), so none is asked for.
            var isAskedFor = !hasWaited && onDemand.IsOn && hello.ServerName is not null;
            hasWaited = true;
            var mayHaveCome = isAskedFor && await onDemand.MayHaveComeAsync(hello.ServerName!, hello.Accepts, address).ConfigureAwait(false);

            // The list of what is stored may have come to it, or have ended, meanwhile.
            if (!mayHaveCome && found is null && Find(hello, local) is null) return null;
        }

        return Find(hello, local) is { } stored ? throw loads.Refuse(stored, "it, or another one of its name, was there each time and could not be used") : null;
    }

    private ServedCertificate? Find(in ClientHello hello, EndPoint? local) => hello.ServerName is { } name ? table.Find(name, hello.Accepts) : FindNameless(local, hello.Accepts);

    /// <summary>Without a server name the address that was connected to is the name: SNI cannot carry one (RFC 8738 section 6). Behind NAT it is another one than the client dialled.</summary>
    private ServedCertificate? FindNameless(EndPoint? local, KeyFamily accepts)
    {
        var address = local is IPEndPoint endpoint ? AddressText.Unmapped(endpoint.Address) : null;
        if (address is not null && table.Find(AddressText.Print(address), accepts) is { } own) return own;
        if (settings.Current.DefaultName is { } name && table.Find(name, accepts) is { } wanted) return wanted;

        return address is null ? null : table.FindOnlyAddress(address.AddressFamily, accepts);
    }

    private static IPAddress? AddressOf(EndPoint? remote) => (remote as IPEndPoint)?.Address;

    private static string NetworkOf(EndPoint? remote) => Asker.NetworkOf(AddressOf(remote));

    /// <summary>In the order in which they are looked for.</summary>
    private Queue<string> NamesOf(in ClientHello hello, EndPoint? local)
    {
        var names = new Queue<string>();
        if (hello.ServerName is { } sent)
        {
            names.Enqueue(sent);
            return names;
        }

        if (local is IPEndPoint endpoint) names.Enqueue(AddressText.Print(AddressText.Unmapped(endpoint.Address)));
        if (settings.Current.DefaultName is { } wanted) names.Enqueue(wanted);
        return names;
    }
}
