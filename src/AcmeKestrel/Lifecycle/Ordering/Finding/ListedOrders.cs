using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering.Finding;

/// <summary>
/// One look into an account's list of orders (RFC 8555 section 7.1.2.1): those that are open there, and that nothing in the state knows of. It only saves orders: where there is nothing to be read newOrder is sent as to a CA
/// that has no list. A fault that may pass is worth one wait, and not the certificates.
/// </summary>
internal sealed class ListedOrders(OrdersOnRecord onRecord, IStoredGenerations stored, ILogger logger)
{
    /// <summary>A hundred requests where a page has a hundred: of an account that has ordered for years a CA that lists the oldest first has the newest at the end.</summary>
    private const int MaxListed = 10_000;

    private const int MaxLooks = 50;

    private readonly Lock _gate = new();
    private Task<IReadOnlyList<AcmeOrder>>? _look;
    private bool _hasWaited;

    /// <summary>The first one looks, and others wait for the same look, whatever comes of it; after one that failed the next one looks anew.</summary>
    /// <exception cref="AcmeException">A fault of the CA's side, for the first time.</exception>
    public async Task<IReadOnlyList<AcmeOrder>> GetAsync(OrderRun run, AcmeAccount account, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await Join(run, account, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Whoever looked was stopped.
            }
        }
    }

    private Task<IReadOnlyList<AcmeOrder>> Join(OrderRun run, AcmeAccount account, CancellationToken cancellationToken)
    {
        lock (_gate) return _look is null or { IsFaulted: true } or { IsCanceled: true } ? _look = LookAsync(run, account, cancellationToken) : _look;
    }

    private async Task<IReadOnlyList<AcmeOrder>> LookAsync(OrderRun run, AcmeAccount account, CancellationToken cancellationToken)
    {
        // Nothing foreign runs under the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var open = new List<AcmeOrder>();
        try
        {
            foreach (var url in Ends(Unknown(await ListAsync(account, cancellationToken).ConfigureAwait(false))))
            {
                if (await TryGetAsync(account, url, cancellationToken).ConfigureAwait(false) is { Status: AcmeStatus.Pending or AcmeStatus.Ready } order) open.Add(order);
            }

            return open;
        }
        catch (AcmeException unreadable) when (IsFinal(unreadable, _hasWaited || run.Faults > 0))
        {
            logger.OrderListUnreadable(run.Order.Label, unreadable.Message);
            return open;
        }
        catch (AcmeException failed) when (failed.IsProviderFault)
        {
            _hasWaited = true;
            throw;
        }
    }

    /// <summary>Beyond <see cref="MaxListed"/> nothing is read, nor behind a page that is none; an order there is an orphan.</summary>
    private static async Task<List<string>> ListAsync(AcmeAccount account, CancellationToken cancellationToken)
    {
        var urls = new List<string>();
        try
        {
            await foreach (var url in account.ListOrdersAsync(cancellationToken).ConfigureAwait(false))
            {
                urls.Add(url);
                if (urls.Count == MaxListed) break;
            }
        }
        catch (AcmeException broken) when (urls.Count > 0 && IsFinal(broken))
        {
        }

        return urls;
    }

    /// <summary>No wait makes it better, or one was made in vain.</summary>
    public static bool IsFinal(AcmeException failed, bool hasWaited = false) => failed.Fault is AcmeFault.Protocol or AcmeFault.Rejected || (failed.IsProviderFault && hasWaited);

    /// <summary>Null: the CA does not show it. Some list what they have removed.</summary>
    private static async Task<AcmeOrder?> TryGetAsync(AcmeAccount account, string url, CancellationToken cancellationToken)
    {
        try
        {
            return await account.GetOrderAsync(url, cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException unseen) when (IsFinal(unseen))
        {
            return null;
        }
    }

    /// <summary>Many a CA lists orders for ever, and most of those that are listed have become the certificates that stand in the state.</summary>
    private List<string> Unknown(List<string> urls)
    {
        if (urls.Count == 0) return urls;

        var ended = stored.NewestGenerations.Select(GenerationId.MarkOf).OfType<uint>().ToHashSet();
        return [.. urls.Where(url => !onRecord.Contains(url) && !ended.Contains(GenerationId.MarkOfOrder(url)))];
    }

    /// <summary>CAs list the oldest first, or the newest: of a long list both ends are looked at.</summary>
    private static List<string> Ends(List<string> urls) => urls.Count <= MaxLooks ? urls : [.. urls.TakeLast(MaxLooks / 2).Reverse(), .. urls.Take(MaxLooks / 2)];
}
