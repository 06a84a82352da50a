using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>A way to the server that, when it is told to, never brings the last five bytes of what a client sends: the message Sync, without which the server ends no transaction by itself.</summary>
internal sealed class WithheldEnds : IAsyncDisposable
{
    private static readonly byte[] Sync = [(byte)'S', 0, 0, 0, 4];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private readonly int _server;
    private volatile bool _withholds;

    public WithheldEnds(int server)
    {
        _server = server;
        _listener.Start();
        _work = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Withhold() => _withholds = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var ways = new List<Task>();
        try
        {
            while (true) ways.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        finally
        {
            await Task.WhenAll(ways).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The server's side stays open when the client leaves: it is not to hear of that.</summary>
    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
            var (there, back) = (PassAsync(client.GetStream(), server.GetStream(), isFromClient: true), PassAsync(server.GetStream(), client.GetStream(), isFromClient: false));
            await Task.WhenAll(there, back).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, bool isFromClient)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var length)
        {
            var ends = isFromClient && _withholds && buffer.AsSpan(0, length).EndsWith(Sync);
            await to.WriteAsync(buffer.AsMemory(0, ends ? length - Sync.Length : length), _stop.Token);
        }
    }
}
