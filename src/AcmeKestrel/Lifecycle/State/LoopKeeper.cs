using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Nothing escapes the worker: a loop that met a surprise says so and begins again.</summary>
internal sealed class LoopKeeper(TimeProvider time, ILogger<LoopKeeper> logger)
{
    private static readonly TimeSpan AfterSurprise = TimeSpan.FromSeconds(10);

    public async Task KeepRunningAsync(Func<Task> loop, CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                await loop().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException away)
            {
                // Whoever holds the state, or waits for it, meets the same and says so.
                logger.LoopWaits(away.Message);
            }
#pragma warning disable CA1031 // Promise 5.
            catch (Exception surprise)
#pragma warning restore CA1031
            {
                logger.WorkerSurprised(surprise);
            }

            try
            {
                await Task.Delay(AfterSurprise, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
