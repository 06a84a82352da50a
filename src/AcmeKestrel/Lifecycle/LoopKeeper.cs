using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Nothing escapes the worker: a loop that met a surprise says so and begins again.</summary>
internal sealed class LoopKeeper(TimeProvider time, ILogger<LoopKeeper> logger)
{
    private static readonly TimeSpan AfterSurprise = TimeSpan.FromSeconds(10);

    /// <summary>Until the work is done or the time is over; the work goes on then.</summary>
    public async Task WaitAtMostAsync(Task work, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await (await Task.WhenAny(work, Task.Delay(longest, time, over.Token)).ConfigureAwait(false)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }

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
