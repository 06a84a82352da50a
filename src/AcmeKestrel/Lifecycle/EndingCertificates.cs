using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>Finds certificates in the last tenth of their life, which should have been renewed long before, for hooks that want to hear of it.</summary>
internal sealed class EndingCertificates(Labels labels, HookDesk hooks, WorkerGate gate, TimeProvider time, LoopKeeper loops) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (gate.Session is not { } session || !hooks.IsWanted(AcmeHookEvent.Expiring)) return;

        var now = time.GetUtcNow();
        foreach (var wish in labels.Wishes)
        {
            var facts = labels.Of(wish.Label).Facts;
            if (facts.Certificate is not { } certificate || !RenewalTime.IsNearExpiry(certificate, now) || facts.Obstacle is { Kind: ObstacleKind.NotVisited }) continue;

            try
            {
                await hooks.OweEndAsync(session, labels.ViewOf(wish.Label), cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                // It may be this record alone, and the next look comes in a minute.
            }
            catch (StoreConflictException)
            {
                // The state is another process' by now.
                return;
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => RunAsync(stoppingToken), stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
            await LookAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
