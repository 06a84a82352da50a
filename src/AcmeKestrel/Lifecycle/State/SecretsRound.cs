using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>
/// Once a day what may last is looked at, and encrypted anew where it is not by the current key: so keys can be replaced, and encryption switched on, under a state that is there. An order may wait for a human, and its key
/// is the next certificate's; it is written without an eye on its version, so nobody is in its way. A request is gone within the hour, and whoever takes one up looks at its version: they are left alone.
/// </summary>
internal sealed class SecretsRound(IAcmeStore store, TimeProvider time) : IStateDuty
{
    private static readonly TimeSpan Between = TimeSpan.FromDays(1);

    /// <summary>After a round that passed something over.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromHours(1);

    /// <summary>The first minutes belong to the visitors.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        if (store.FindAbility<IProtectedSecrets>() is not { } secrets || session.Fence is not { } fence)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
            return;
        }

        await Task.Delay(AfterStart, time, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var isWhole = true;
            foreach (var kind in (RecordKind[])[RecordKind.Account, RecordKind.Certificate, RecordKind.Order, RecordKind.Answer])
            {
                await foreach (var entry in store.ListEntriesAsync(new StoreQuery(kind), cancellationToken).ConfigureAwait(false))
                {
                    try
                    {
                        await secrets.ProtectAnewAsync(entry.Key, fence, cancellationToken).ConfigureAwait(false);
                    }
                    catch (StoreUnavailableException)
                    {
                        // A round that begins anew would never come to those behind it.
                        isWhole = false;
                    }

                    await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
                }
            }

            await Task.Delay(isWhole ? Between : Again, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
