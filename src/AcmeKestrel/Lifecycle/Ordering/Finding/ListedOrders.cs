using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering.Finding;

/// <summary>One look into an account's list of orders (RFC 8555 section 7.1.2.1): those that are open there, and that nothing in the state knows of.</summary>
internal sealed class ListedOrders(OrdersOnRecord onRecord, IStoredGenerations stored)
{
    /// <summary>A hundred requests where a page has a hundred: of an account that has ordered for years a CA that lists the oldest first has the newest at the end.</summary>
    private const int MaxListed = 10_000;

    private const int MaxLooks = 50;

    private IReadOnlyList<AcmeOrder>? _open;

    private SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>The first one looks, and others wait for it. Where it fails the next one looks anew.</summary>
    public async Task<IReadOnlyList<AcmeOrder>> GetAsync(AcmeAccount account, CancellationToken cancellationToken)
    {
        await Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _open ??= await LookAsync(account, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Turn.Release();
        }
    }

    private async Task<IReadOnlyList<AcmeOrder>> LookAsync(AcmeAccount account, CancellationToken cancellationToken)
    {
        var open = new List<AcmeOrder>();
        foreach (var url in Ends(Unknown(await ListAsync(account, cancellationToken).ConfigureAwait(false))))
        {
            var order = await account.GetOrderAsync(url, cancellationToken).ConfigureAwait(false);
            if (order.Status is AcmeStatus.Pending or AcmeStatus.Ready) open.Add(order);
        }

        return open;
    }

    /// <summary>Beyond <see cref="MaxListed"/> nothing is read; an order there is an orphan.</summary>
    private static async Task<List<string>> ListAsync(AcmeAccount account, CancellationToken cancellationToken)
    {
        var urls = new List<string>();
        await foreach (var url in account.ListOrdersAsync(cancellationToken).ConfigureAwait(false))
        {
            urls.Add(url);
            if (urls.Count == MaxListed) break;
        }

        return urls;
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
