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

    /// <summary>Not told yet.</summary>
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (requests is null || settings.Current.OnDemand is null || !gate.IsElsewhere) return;

        try
        {
            // What the other one wished, and heard, meanwhile.
            wishes.LookAgain();
            var now = time.GetUtcNow();
            foreach (var mark in await marks.TakeAsync(cancellationToken).ConfigureAwait(false))
            {
                if (mark.IsNews(now)) _open.Add(mark.Name);
            }

            foreach (var names in _open.Chunk(MaxNames).ToList())
            {
                await requests.TellVisitsAsync(names, cancellationToken).ConfigureAwait(false);
                _open.ExceptWith(names);
            }
        }
        catch (StoreUnavailableException)
        {
            // The next look comes in an hour.
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
