using System.Collections.Concurrent;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// Calls DNS providers, each for a few records at once: an API takes some requests a second, and all names of an order come in the same moment. Each call has a deadline from its turn on. What is removed has turns of its own, so that it
/// is in no order's way.
/// </summary>
internal sealed class ProviderCalls(DnsProviders providers, TimeProvider time)
{
    /// <summary>A provider's API may be slow, and change zones of some size.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly ProviderTurns _ofOrders = new(8);

    private readonly ProviderTurns _ofRemovals = new(4);

    /// <param name="order">Whose call it is.</param>
    /// <param name="leaveBehind">Hears of one who is at work still when his time is over.</param>
    /// <param name="before">Done in its turn, right before it is called: who is never called leaves nothing.</param>
    public async Task AskAsync(ProviderPatience order, string provider, Func<IDnsProvider, CancellationToken, Task> ask, CancellationToken cancellationToken, Action<Task>? leaveBehind = null, Func<Task>? before = null)
    {
        var over = order.With(provider);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        try
        {
            await _ofOrders.RunAsync(provider, CallInTurnAsync, waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DnsProviderException($"not asked, since {provider} did not answer within {Longest.TotalSeconds:0} s for another name of the order");
        }

        async Task<bool> CallInTurnAsync()
        {
            // Who waited with it hears of that one after the other.
            over.Token.ThrowIfCancellationRequested();
            if (before is not null) await before().ConfigureAwait(false);
            return await CallAsync(provider, ask, cancellationToken, leaveBehind, over.Cancel).ConfigureAwait(false);
        }
    }

    /// <param name="leaveBehind">As above.</param>
    /// <param name="waiting">Ends the waiting for its turn.</param>
    public Task RemoveAsync(string provider, DnsChallengeRecord record, Action<Task> leaveBehind, CancellationToken waiting, CancellationToken cancellationToken) =>
        _ofRemovals.RunAsync(provider, () => CallAsync(provider, (one, token) => one.RemoveAsync(record, token), cancellationToken, leaveBehind), waiting);

    private Task<bool> CallAsync(string provider, Func<IDnsProvider, CancellationToken, Task> ask, CancellationToken cancellationToken, Action<Task>? leaveBehind = null, Action? late = null) => Bounded.AskAsync(
        async token =>
        {
            await ask(providers.Get(provider), token).ConfigureAwait(false);
            return true;
        },
        Longest,
        time,
        cancellationToken,
        leaveBehind,
        late);
}

/// <summary>One order's. Where a provider lets one call wait in vain, its other names are not asked for any more: a hundred of them would wait for half an hour, and others behind them.</summary>
internal sealed class ProviderPatience
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _over = new(StringComparer.OrdinalIgnoreCase);

    public CancellationTokenSource With(string provider) => _over.GetOrAdd(provider, _ => new CancellationTokenSource());
}
