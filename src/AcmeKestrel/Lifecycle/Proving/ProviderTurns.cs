using System.Collections.Concurrent;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>So many at once of each DNS provider's.</summary>
internal sealed class ProviderTurns(int atOnce)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="waiting">Ends the waiting for a turn, and nothing that has begun.</param>
    public async Task<T> RunAsync<T>(string provider, Func<Task<T>> call, CancellationToken waiting)
    {
        var turns = _turns.GetOrAdd(provider, _ => new SemaphoreSlim(atOnce));
        await turns.WaitAsync(waiting).ConfigureAwait(false);
        try
        {
            // A turn may come in the moment in which nobody wants it any more.
            waiting.ThrowIfCancellationRequested();
            return await call().ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }
}
