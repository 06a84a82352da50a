using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Revoking;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// Reads every stored certificate once after the start, slowly: what no handshake asks for is not found damaged on the day when somebody does. Reading copies it to this machine, where there is a copy; so what could
/// not be read then, or was not known yet, is read later. Where its revocation would be listed is kept of it, so that the looks at those lists (<see cref="RevocationWatch"/>) read nothing again.
/// </summary>
internal sealed class StoredCheck(IAcmeStore store, Labels labels, StoredCertificates certificates, RevocationPoints points, TimeProvider time, LoopKeeper loops) : BackgroundService
{
    /// <summary>Some sixty milliseconds of work each second: a hundred thousand take an hour and a half.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The first minute belongs to the visitors.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);

    /// <summary>Of what is copied nothing is read again, so that mostly there is nothing to do.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => RunAsync(stoppingToken), stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(AfterStart, time, cancellationToken).ConfigureAwait(false);
        await CheckAsync(_ => true, cancellationToken).ConfigureAwait(false);
        var copied = store.FindAbility<CopiedStore>();
        while (true)
        {
            await Task.Delay(copied is null ? Timeout.InfiniteTimeSpan : BetweenLooks, time, cancellationToken).ConfigureAwait(false);
            await CheckAsync(known => !copied!.IsCopied(GenerationRecord.Key(known.Label, known.Generation)), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CheckAsync(Func<CertificateFacts, bool> isWanted, CancellationToken cancellationToken)
    {
        foreach (var entry in labels.All)
        {
            if (entry.Facts.Certificate is not { } known || !isWanted(known)) continue;

            await TryCheckAsync(known, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is wrong with it is told where it is read; a store that fails for a moment costs that one, which is looked at when it is used.</summary>
    private async Task TryCheckAsync(CertificateFacts known, CancellationToken cancellationToken)
    {
        try
        {
            if (await certificates.CheckAsync(known, cancellationToken).ConfigureAwait(false) is { } found) points.Learn(known, found);
        }
        catch (StoreUnavailableException)
        {
        }
    }
}
