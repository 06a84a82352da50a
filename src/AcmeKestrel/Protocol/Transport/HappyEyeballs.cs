using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.Protocol.Transport;

/// <summary>
/// Connects to a host of several addresses (RFC 8305): the families by turns, the next address when the one before it fails or has not answered for a moment, and whoever answers first has it. .NET waits for one after the
/// other as long as the system does: where a network swallows IPv6, none of those of IPv4 would ever be tried.
/// </summary>
internal sealed class HappyEyeballs(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPEndPoint, CancellationToken, Task<Stream>> connect, TimeProvider time)
{
    /// <summary>RFC 8305 section 5.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(250);

    /// <summary>By the system's resolver and TCP.</summary>
    public HappyEyeballs(TimeProvider time)
        : this(System.Net.Dns.GetHostAddressesAsync, ConnectByTcpAsync, time)
    {
    }

    /// <exception cref="SocketException">There is no address, or none could be connected to: the first one's reason.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = await resolve(host.Host, cancellationToken).ConfigureAwait(false);
        var ahead = new Queue<IPAddress>(ByTurns(addresses));
        var underWay = new List<Task<Stream>>();
        var first = default(Task<Stream>);
        using var won = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                if (ahead.TryDequeue(out var address)) underWay.Add(connect(new IPEndPoint(address, host.Port), won.Token));
                first ??= underWay.FirstOrDefault() ?? throw new SocketException((int)SocketError.HostNotFound);
                if (underWay.Count == 0) return await first.ConfigureAwait(false);

                if (await EndedAsync(underWay, ahead.Count > 0 ? Lead : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false) is not { } ended) continue;

                cancellationToken.ThrowIfCancellationRequested();
                underWay.Remove(ended);
                if (ended.Exception is null) return await ended.ConfigureAwait(false);
            }
        }
        finally
        {
            await won.CancelAsync().ConfigureAwait(false);
            foreach (var late in underWay) _ = CloseAsync(late);
        }
    }

    /// <summary>RFC 8305 section 4: the resolver's order (RFC 6724), but that the families alternate.</summary>
    private static IEnumerable<IPAddress> ByTurns(IPAddress[] addresses) => addresses
        .GroupBy(address => address.AddressFamily)
        .SelectMany((family, place) => family.Select((address, turn) => (address, turn, place)))
        .OrderBy(one => (one.turn, one.place))
        .Select(one => one.address);

    /// <summary>Null: none within that time.</summary>
    private async Task<Task<Stream>?> EndedAsync(List<Task<Stream>> underWay, TimeSpan lead, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.WhenAny(underWay).WaitAsync(lead, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task<Stream> ConnectByTcpAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>It may have come to its end in the moment in which another one did.</summary>
    private static async Task CloseAsync(Task<Stream> late)
    {
        await ((Task)late).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (late.IsCompletedSuccessfully) await (await late.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }
}
