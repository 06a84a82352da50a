using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Looks in the account's list of orders for the one that a killed process may have made (RFC 8555 section 7.1.2.1). Where the CA keeps no list this is one request.</summary>
internal sealed class OrderFinder(OrdersOnRecord onRecord, ILogger logger)
{
    /// <summary>Twenty requests where a page has a hundred: of an account that has ordered for years a CA that lists the oldest first has the newest at the end.</summary>
    private const int MaxListed = 2000;

    private const int MaxLooks = 50;

    /// <summary>By order URL: two labels of the same names must not both find it.</summary>
    private readonly ConcurrentDictionary<string, string> _claims = new(StringComparer.Ordinal);

    /// <summary>An open order for exactly these names that nobody else works on, or null.</summary>
    public async Task<AcmeOrder?> FindAsync(OrderRun run, List<AcmeIdentifier> identifiers, AcmeAccount account, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var url in await ListAsync(account, cancellationToken).ConfigureAwait(false))
            {
                if (onRecord.Contains(url)) continue;

                var order = await account.GetOrderAsync(url, cancellationToken).ConfigureAwait(false);
                if (!IsFor(order, run.Order, identifiers) || _claims.GetOrAdd(url, run.Order.Label) != run.Order.Label) continue;

                logger.OrderFound(run.Order.Label, url);
                return order;
            }
        }
        catch (AcmeException unreadable) when (unreadable.Fault is AcmeFault.Protocol or AcmeFault.Rejected || (unreadable.IsProviderFault && run.Faults > 0))
        {
            // The list only saves an order: without it newOrder is sent as to a CA that has none. A fault that may pass is worth one wait, and not the certificate.
            logger.OrderListUnreadable(run.Order.Label, unreadable.Message);
        }

        return null;
    }

    /// <summary>The order's URL is on record: that is what others go by now.</summary>
    public void Release(string url)
    {
        onRecord.Add(url);
        _claims.TryRemove(url, out _);
    }

    private static bool IsFor(AcmeOrder found, PendingOrder order, List<AcmeIdentifier> identifiers) =>
        found.Status is AcmeStatus.Pending or AcmeStatus.Ready
        && found.Identifiers.ToHashSet().SetEquals(identifiers)
        && (found.Profile is null || order.Profile is null || found.Profile == order.Profile)
        && (found.Replaces is null || found.Replaces == order.Replaces?.RenewalId);

    /// <summary>CAs list the oldest first, or the newest: of a long list both ends are looked at. Beyond <see cref="MaxListed"/> nothing is read; an order there is an orphan.</summary>
    private static async Task<IReadOnlyList<string>> ListAsync(AcmeAccount account, CancellationToken cancellationToken)
    {
        var urls = new List<string>();
        await foreach (var url in account.ListOrdersAsync(cancellationToken).ConfigureAwait(false))
        {
            urls.Add(url);
            if (urls.Count == MaxListed) break;
        }

        return urls.Count <= MaxLooks ? urls : [.. urls.TakeLast(MaxLooks / 2).Reverse(), .. urls.Take(MaxLooks / 2)];
    }
}
