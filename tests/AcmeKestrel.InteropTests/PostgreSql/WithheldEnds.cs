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
    private int _accepted;
    private volatile int _withheld;

    public WithheldEnds(int server)
    {
        _server = server;
        _listener.Start();
        _work = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on, of all that come this way, or of those that have it already.</summary>
    public void Withhold(bool alsoNewOnes) => _withheld = alsoNewOnes ? int.MaxValue : _accepted;

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

    /// <summary>The server's side stays open when the client leaves: it is not to hear of that. The client hears of the server's end, as one does that asks for the end of a statement and waits until that was read.</summary>
    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        var number = Interlocked.Increment(ref _accepted);
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
            var there = PassAsync(client.GetStream(), server.GetStream(), number);
            await PassAsync(server.GetStream(), client.GetStream(), int.MaxValue).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            client.Close();
            await there.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, int number)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var length)
        {
            var ends = number <= _withheld && number != int.MaxValue && buffer.AsSpan(0, length).EndsWith(Sync);
            await to.WriteAsync(buffer.AsMemory(0, ends ? length - Sync.Length : length), _stop.Token);
        }
    }
}
