using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.InteropTests.Hooks;

/// <summary>Requests to a server on loopback all the time, each on a connection of its own: what it showed them, and which of them went wrong.</summary>
internal sealed class Visitors : IAsyncDisposable
{
    private const int Loops = 3;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(40);

    private readonly ConcurrentDictionary<string, long> _shown = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _visits;
    private int _answers;

    public Visitors(int port, string name, X509Certificate2 root) =>
        _visits = Task.WhenAll(Enumerable.Range(0, Loops).Select(_ => VisitAsync(new Uri($"https://{name}:{port}/"), root)));

    public IReadOnlyCollection<string> Failures => _failures;

    public int Answers => _answers;

    /// <summary>When a request that was answered was first shown this certificate, by <see cref="Stopwatch.GetTimestamp"/>; null: never.</summary>
    public long? FirstShown(string serialNumber) => _shown.TryGetValue(serialNumber, out var at) ? at : null;

    public Task StopAsync()
    {
        _over.Cancel();
        return _visits;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _over.Dispose();
    }

    private async Task VisitAsync(Uri url, X509Certificate2 root)
    {
        var serialNumber = "";
        using var handler = new SocketsHttpHandler { ConnectCallback = async (_, token) => await ConnectAsync(url.Port, token), PooledConnectionLifetime = TimeSpan.Zero };
        handler.SslOptions.AllowTlsResume = false;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
        {
            serialNumber = ((X509Certificate2)shown!).SerialNumber;
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(root);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && chain.Build((X509Certificate2)shown!);
        };
        using var client = new HttpClient(handler);
        while (!_over.IsCancellationRequested)
        {
            try
            {
                using var answer = await client.GetAsync(url, _over.Token);
                var body = await answer.Content.ReadAsStringAsync(_over.Token);
                if (answer.StatusCode != HttpStatusCode.OK || body != "ok") _failures.Enqueue($"{answer.StatusCode}: {body}");
                _shown.TryAdd(serialNumber, Stopwatch.GetTimestamp());
                Interlocked.Increment(ref _answers);
                await Task.Delay(Breath, _over.Token);
            }
            catch (OperationCanceledException) when (_over.IsCancellationRequested)
            {
                return;
            }
            catch (HttpRequestException failed)
            {
                // One is enough; a server that is not there would be asked all the time.
                _failures.Enqueue($"{failed}");
                return;
            }
        }
    }

    private static async Task<NetworkStream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
