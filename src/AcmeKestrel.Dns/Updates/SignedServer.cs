using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using AcmeKestrel.Dns.Transport;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Updates;

/// <summary>A server that is asked with a signature, and whose answers count with its signature only.</summary>
internal sealed class SignedServer(DnsServerAddress address, bool useTcp, DnsExchange exchange, TimeProvider time)
{
    /// <param name="make">From an id to the message.</param>
    /// <returns>Signed by the server, or an unsigned refusal, which nobody gains from.</returns>
    /// <exception cref="DnsProviderException">There is no such answer.</exception>
    public async Task<DnsMessage> AskAsync(TsigKey key, Func<ushort, byte[]> make, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        foreach (var server in await address.FindAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return await AskAsync(server, key, make, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception away) when (away is SocketException or IOException or TimeoutException)
            {
                faults.Add($"{server}: {(away is EndOfStreamException ? "it hung up" : away.Message)}");
            }
        }

        throw new DnsProviderException($"The server {address} cannot be asked: {string.Join("; ", faults)}");
    }

    private async Task<DnsMessage> AskAsync(IPEndPoint server, TsigKey key, Func<ushort, byte[]> make, CancellationToken cancellationToken)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        var (message, mac) = Tsig.Sign(make(id), key, time.GetUtcNow());
        var bytes = await exchange.AskAsync(server, message, useTcp, cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = DnsMessage.Read(bytes);
            if (Tsig.FaultOf(answer, key, mac, time.GetUtcNow()) is not { } fault) return answer;
            if (answer.ResponseCode is not 0 && answer.Additionals is not [.., { Type: DnsCodes.Tsig }]) return answer;
            throw new DnsProviderException($"The server {address}: {fault}");
        }
        catch (FormatException unreadable)
        {
            throw new DnsProviderException($"The server {address} answers what is no DNS message: {unreadable.Message}", unreadable);
        }
    }
}
