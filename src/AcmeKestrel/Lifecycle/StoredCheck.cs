using AcmeKestrel.Lifecycle.Stored;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>Reads every stored certificate once after the start, slowly: what no handshake asks for is not found damaged on the day when somebody does.</summary>
internal sealed class StoredCheck(Labels labels, WorkerGate gate, StoredCertificates certificates, TimeProvider time, LoopKeeper loops) : BackgroundService
{
    /// <summary>A handful of milliseconds of work each second: a hundred thousand take an hour and a half.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The first minute belongs to the visitors.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => RunAsync(stoppingToken), stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        do await Task.Delay(AfterStart, time, cancellationToken).ConfigureAwait(false);
        while (gate.Session is null);

        foreach (var entry in labels.All)
        {
            if (entry.Facts.Certificate is not { } known) continue;

            // What is wrong with it is told where it is read.
            await certificates.CheckAsync(known, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
    }
}
