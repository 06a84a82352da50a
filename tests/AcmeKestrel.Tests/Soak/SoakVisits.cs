using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Authentication;

namespace AcmeKestrel.Tests.Soak;

/// <summary>Clients that come to names at random, some at once, while certificates are replaced at even distances.</summary>
internal sealed class SoakVisits(SoakEdge edge, SoakState state, SoakSize size, Action<string> tell)
{
    /// <summary>Nothing more is learnt from more of them.</summary>
    private const int MostFailures = 20;

    private readonly ConcurrentQueue<string> _failures = [];
    private readonly SemaphoreSlim _swapIsDue = new(0);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _begun;
    private int _full;
    private int _resumed;
    private int _older;
    private int _swaps;
    private int _more;

    public IReadOnlyCollection<string> Failures => _failures;

    public int Full => _full;

    public int Resumed => _resumed;

    /// <summary>Handshakes of TLS 1.2.</summary>
    public int Older => _older;

    public int Swaps => _swaps;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var client = new SoakClient(edge.EndPoint, state.Ca.Root);
        await client.KeepSessionsAsync(state.Names[0], cancellationToken);
        var swapping = SwapAsync(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, size.Clients).Select(number => Task.Run(() => VisitAsync(client, new Random(number), cancellationToken), cancellationToken)));
        _swapIsDue.Release(size.Swaps);
        await swapping;
    }

    /// <summary>After all others, to the next name in turn: for what is tidied when a connection comes.</summary>
    public async Task VisitOnceMoreAsync(CancellationToken cancellationToken)
    {
        await using var client = new SoakClient(edge.EndPoint, state.Ca.Root);
        await client.VisitAsync(state.Names[_more++ % size.Names], SslProtocols.Tls13, cancellationToken);
    }

    /// <summary>How far it has come.</summary>
    public void Report() => tell(string.Create(
        CultureInfo.InvariantCulture,
        $"{_watch.Elapsed.TotalSeconds:F0} s: {_full + _resumed} handshakes, {_full} full and {_resumed} resumed, {_older} of TLS 1.2, {_swaps} swaps, {_failures.Count} failures; {edge.Certificates.Count} certificates opened, {edge.Certificates.Open.Count} open, {edge.Sessions.Open.Count} SSL_CTX of {edge.Sessions.Count}, {edge.Hot} hot; {ProcessMemory.Pss()} MiB"));

    private async Task VisitAsync(SoakClient client, Random random, CancellationToken cancellationToken)
    {
        while (Interlocked.Increment(ref _begun) is var number && number <= size.Handshakes && _failures.Count < MostFailures)
        {
            if (number % (size.Handshakes / size.Swaps) == 0) _swapIsDue.Release();
            if (number % size.ReportedAfter == 0) Report();

            // Of eight clients one wants any name, and one has TLS 1.2.
            var name = state.Names[random.Next(random.Next(8) == 0 ? size.Names : size.Regulars)];
            var isOlder = random.Next(8) == 0;
            var version = isOlder ? SslProtocols.Tls12 : SslProtocols.Tls13;
            try
            {
                if (await client.VisitAsync(name, version, cancellationToken)) Interlocked.Increment(ref _resumed);
                else Interlocked.Increment(ref _full);
                if (isOlder) Interlocked.Increment(ref _older);
            }
#pragma warning disable CA1031 // Whatever it is: no handshake may fail.
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                _failures.Enqueue($"{name.Name}, {version}, handshake {number}: {failure}");
            }
        }
    }

    /// <summary>In turns of regulars and others, and none again before all others: what somebody may still be reading is not let go under his hands.</summary>
    private async Task SwapAsync(CancellationToken cancellationToken)
    {
        for (var swap = 0; swap < size.Swaps; swap++)
        {
            await _swapIsDue.WaitAsync(cancellationToken);
            var name = state.Names[swap % 2 == 0 ? swap / 2 % size.Regulars : size.Regulars + (swap / 2 % (size.Names - size.Regulars))];
            await edge.SwapAsync(name, isForeign: swap / 2 % 2 == 0, cancellationToken);
            _swaps++;
        }
    }
}
