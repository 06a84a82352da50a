using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using DnsClient;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>One question to one server, with a deadline, without a cache; by TCP where the answer does not fit.</summary>
internal sealed class DnsAsking(TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Whoever the system asks.</summary>
    /// <exception cref="DnsProviderException">It asks nobody.</exception>
    public static IReadOnlyList<IPEndPoint> FindSystemResolvers()
    {
        try
        {
            var servers = NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false).Select(server => new IPEndPoint(IPAddress.Parse(server.Address), server.Port)).ToList();
            return servers.Count > 0 ? servers : throw new DnsProviderException("The system has no DNS resolver: name some in Acme:Dns:Resolvers");
        }
        catch (Exception unknown) when (unknown is InvalidOperationException or NetworkInformationException or IOException)
        {
            throw new DnsProviderException($"The system's DNS resolvers are not found: {unknown.Message}", unknown);
        }
    }

    public Task<DnsSaying> AskResolverAsync(IPEndPoint server, string name, QueryType type, CancellationToken cancellationToken) => AskAsync(server, name, type, recursion: true, cancellationToken);

    public Task<DnsSaying> AskAuthorityAsync(IPEndPoint server, string name, QueryType type, CancellationToken cancellationToken) => AskAsync(server, name, type, recursion: false, cancellationToken);

    private async Task<DnsSaying> AskAsync(IPEndPoint server, string name, QueryType type, bool recursion, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            // A client for a question: it would ask the next one over a TCP connection that the server has closed, and hear nothing.
            var response = await new LookupClient(Options(server, recursion)).QueryAsync(new DnsQuestion(name, type), either.Token).ConfigureAwait(false);
            return DnsSaying.Of(response);
        }
        catch (Exception unheard) when (unheard is not OutOfMemoryException)
        {
            // What the library throws for what servers may send is not listed anywhere; its messages quote the bytes.
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested || unheard is DnsResponseException { Code: DnsResponseCode.ConnectionTimeout }) return DnsSaying.Nothing("does not answer");
            return unheard.GetBaseException() is SocketException socket
                ? DnsSaying.Nothing($"cannot be reached: {socket.Message}")
                : DnsSaying.Nothing("gives an answer that cannot be read");
        }
    }

    private static LookupClientOptions Options(IPEndPoint server, bool recursion) => new(server)
    {
        UseCache = false,
        Retries = 1,
        ThrowDnsErrors = false,
        ContinueOnDnsError = false,
        ContinueOnEmptyResponse = false,
        Recursion = recursion,
        // The deadline is the asker's; a datagram may be lost, and is sent again within it.
        Timeout = TimeSpan.FromSeconds(2),
    };
}
