using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using AcmeKestrel.Dns.Transport;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>One question to one server, with a deadline, without a cache; by TCP where the answer does not fit.</summary>
internal sealed class DnsAsking(TimeProvider time) : IDisposable
{
    /// <summary>Questions to authoritative servers at once, of all names of all orders: each is a socket, and where nobody answers it is one for seconds. So many that a hundred names whose servers have addresses that this host cannot reach wait for no second round.</summary>
    public const int AtOnce = 512;

    /// <summary>To resolvers: theirs alone, so that a zone whose servers are silent keeps no other zone from being found.</summary>
    public const int ResolversAtOnce = 64;

    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly SemaphoreSlim _resolverTurns = new(ResolversAtOnce);

    private readonly DnsExchange _exchange = new(time, TimeSpan.FromSeconds(5));

    public Task<DnsSaying> AskResolverAsync(IPEndPoint server, string name, DnsType type, CancellationToken cancellationToken) => AskAsync(server, name, type, recursion: true, cancellationToken);

    public Task<DnsSaying> AskAuthorityAsync(IPEndPoint server, string name, DnsType type, CancellationToken cancellationToken) => AskAsync(server, name, type, recursion: false, cancellationToken);

    public void Dispose()
    {
        _turns.Dispose();
        _resolverTurns.Dispose();
    }

    private async Task<DnsSaying> AskAsync(IPEndPoint server, string name, DnsType type, bool recursion, CancellationToken cancellationToken)
    {
        // It may come from another answer.
        if (!WireName.IsOne(name)) return DnsSaying.Nothing("cannot be asked for such a name");

        var turns = recursion ? _resolverTurns : _turns;
        try
        {
            var answer = await AskAsync(server, id => DnsRequest.Look(id, name, (ushort)type, recursion, extended: true), turns, cancellationToken).ConfigureAwait(false);

            // One that knows no EDNS says that it cannot read the question (RFC 6891 section 7).
            if (answer.ResponseCode == DnsCodes.FormatError) answer = await AskAsync(server, id => DnsRequest.Look(id, name, (ushort)type, recursion, extended: false), turns, cancellationToken).ConfigureAwait(false);
            return DnsSaying.Of(answer);
        }
        catch (FormatException)
        {
            return DnsSaying.Nothing("gives an answer that cannot be read");
        }
        catch (TimeoutException)
        {
            return DnsSaying.Nothing("does not answer") with { IsSilence = true };
        }
        catch (EndOfStreamException)
        {
            return DnsSaying.Nothing("hangs up");
        }
        catch (Exception away) when (away is SocketException or IOException)
        {
            return away.GetBaseException() is SocketException socket ? DnsSaying.Nothing($"cannot be reached: {socket.Message}") : DnsSaying.Nothing("answers something else");
        }
    }

    private async Task<DnsMessage> AskAsync(IPEndPoint server, Func<ushort, byte[]> make, SemaphoreSlim turns, CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return DnsMessage.Read(await _exchange.AskAsync(server, make((ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1)), useTcp: false, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            turns.Release();
        }
    }
}
