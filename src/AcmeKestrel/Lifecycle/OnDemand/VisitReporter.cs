using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>For a process that has not the state: tells the one that has it whose visitors came here. Of a certificate that is told once.</summary>
internal sealed class VisitReporter(OnDemandWishes wishes, VisitMarks marks, WorkerGate gate, IAcmeSettings settings, TimeProvider time, LoopKeeper loops, IOnDemandElsewhere? requests = null) : BackgroundService
{
    private const int MaxNames = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>For the last report: it takes as long as two looks at the store's feed where somebody takes it up, and nobody's stop waits for somebody who does not.</summary>
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(3);

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (requests is null || settings.Current.OnDemand is null || !gate.IsElsewhere) return;

        var open = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var now = time.GetUtcNow();
            foreach (var mark in await marks.TakeAsync(cancellationToken).ConfigureAwait(false))
            {
                if (mark.IsNews(now)) open.Add(mark.Name);
            }

            foreach (var names in open.Chunk(MaxNames).ToList())
            {
                await requests.TellVisitsAsync(names, cancellationToken).ConfigureAwait(false);
                open.ExceptWith(names);
            }
        }
        catch (StoreUnavailableException)
        {
            // The next look comes in an hour.
        }
        finally
        {
            // By then this process may have the state, and puts them on record itself.
            foreach (var name in open) wishes.Miss(name);
        }
    }

    /// <summary>Processes that live for less than an hour tell theirs, too.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        using var parting = new CancellationTokenSource(Parting, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, parting.Token);
        try
        {
            await LookAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What nobody took up is withdrawn: a visitor more or less tells it again.
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
