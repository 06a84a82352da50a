using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>Stands before some servers, each of which gets every so many-th connection, as behind a load balancer without knowledge; and does to connections what networks do.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IReadOnlyList<int> _targets;
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<Socket, byte> _open = [];
    private readonly Task _accepting;
    private int _next;

    public TcpProxy(int port, params IReadOnlyList<int> targets)
    {
        (Port, _targets) = (port, targets);
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Which targets a balancer that looks after them would send somebody to; where there is none, and every tenth time, since it does not know at once, to any.</summary>
    public Func<int, bool> IsUp { get; set; } = _ => true;

    /// <summary>Added to the way of each piece of data, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Nothing passes, and nobody is told: connections stay open, and new ones are taken. What was sent comes when it is over, as by a network's own repetitions.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What clients send arrives, what servers say does not, then or ever: a connection that lost something stays open and says nothing more.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>New connections end at once.</summary>
    public bool IsShut { get; set; }

    /// <summary>All open connections end.</summary>
    public void Cut()
    {
        foreach (var socket in _open.Keys) socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_over.Token));
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            if (IsShut || await TryConnectAsync() is not { } server) return;

            using var connected = server;
            try
            {
                (_open[client], _open[server]) = (0, 0);
                client.NoDelay = server.NoDelay = true;
                await Task.WhenAll(PumpAsync(client, server, areAnswers: false), PumpAsync(server, client, areAnswers: true));
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The other side sees it end.
            }
            finally
            {
                _open.TryRemove(client, out _);
                _open.TryRemove(server, out _);
            }
        }
    }

    /// <summary>The server whose turn it is, or the next one that takes connections, whatever turns others take meanwhile.</summary>
    private async Task<Socket?> TryConnectAsync()
    {
        var turn = (uint)Interlocked.Increment(ref _next);
        IReadOnlyList<int> up = [.. _targets.Where(IsUp)];
        var targets = up.Count > 0 && turn % 10 != 0 ? up : _targets;
        for (var i = 0u; i < targets.Count; i++)
        {
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, targets[(int)((turn + i) % targets.Count)], _over.Token);
                return server;
            }
            catch (Exception away) when (away is SocketException or OperationCanceledException)
            {
                server.Dispose();
            }
        }

        return null;
    }

    private async Task PumpAsync(Socket from, Socket to, bool areAnswers)
    {
        var (buffer, isLost) = (new byte[16 * 1024], false);
        while (await from.ReceiveAsync(buffer, _over.Token) is > 0 and var read)
        {
            if (Delay > TimeSpan.Zero) await Task.Delay(Delay, _over.Token);

            isLost |= areAnswers && LosesAnswers;
            if (isLost) continue;

            while (IsSilent) await Task.Delay(50, _over.Token);
            for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _over.Token);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
