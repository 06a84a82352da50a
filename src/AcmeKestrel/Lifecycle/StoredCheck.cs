using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>Reads every stored certificate once after the start, slowly: what no handshake asks for is not found damaged on the day when somebody does.</summary>
internal sealed class StoredCheck(Labels labels, StoredCertificates certificates, TimeProvider time, LoopKeeper loops) : BackgroundService
{
    /// <summary>A handful of milliseconds of work each second: a hundred thousand take an hour and a half.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The first minute belongs to the visitors.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => RunAsync(stoppingToken), stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(AfterStart, time, cancellationToken).ConfigureAwait(false);
        foreach (var entry in labels.All)
        {
            if (entry.Facts.Certificate is { } known) await TryCheckAsync(known, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is wrong with it is told where it is read; a store that fails for a moment costs that one, which is looked at when it is used.</summary>
    private async Task TryCheckAsync(CertificateFacts known, CancellationToken cancellationToken)
    {
        try
        {
            await certificates.CheckAsync(known, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
        }
    }
}
