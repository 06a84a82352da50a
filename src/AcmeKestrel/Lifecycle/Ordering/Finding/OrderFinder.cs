using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering.Finding;

/// <summary>Looks in the account's list of orders for the one that a killed process may have made (RFC 8555 section 7.1.2.1). Where the CA keeps no list this is one request.</summary>
internal sealed class OrderFinder(OrdersOnRecord onRecord, IStoredGenerations stored, ILogger<OrderFinder> logger)
{
    private readonly ShownLogger _logger = new(logger, UnicodeName.BesideEach);

    /// <summary>By order URL: two labels of the same names must not both find it.</summary>
    private readonly ConcurrentDictionary<string, string> _claims = new(StringComparer.Ordinal);

    /// <summary>By account URL.</summary>
    private readonly ConditionalWeakTable<StateSession, ConcurrentDictionary<string, ListedOrders>> _sessions = [];

    /// <summary>An open order for exactly these names that nobody else works on, or null.</summary>
    public async Task<AcmeOrder?> FindAsync(OrderRun run, List<AcmeIdentifier> identifiers, AcmeAccount account, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var listed in await ListedFor(run, account).GetAsync(account, cancellationToken).ConfigureAwait(false))
            {
                if (!IsFor(listed, run.Order, identifiers) || onRecord.Contains(listed.Url)) continue;

                // It may have come to its end since it was listed.
                var order = await account.GetOrderAsync(listed.Url, cancellationToken).ConfigureAwait(false);
                if (!IsFor(order, run.Order, identifiers) || _claims.GetOrAdd(order.Url, run.Order.Label) != run.Order.Label) continue;

                _logger.OrderFound(run.Order.Label, order.Url);
                return order;
            }
        }
        catch (AcmeException unreadable) when (unreadable.Fault is AcmeFault.Protocol or AcmeFault.Rejected || (unreadable.IsProviderFault && run.Faults > 0))
        {
            // The list only saves an order: without it newOrder is sent as to a CA that has none. A fault that may pass is worth one wait, and not the certificate.
            _logger.OrderListUnreadable(run.Order.Label, unreadable.Message);
        }

        return null;
    }

    /// <summary>Nobody need look for it any more, whether or not an order was found.</summary>
    public void Settle(OrderRun run)
    {
        run.LookedForOrder = true;
        onRecord.Settle(run.Order.Id);
    }

    /// <summary>The order's URL is on record: that is what others go by now.</summary>
    public void Release(string url)
    {
        onRecord.Add(url);
        _claims.TryRemove(url, out _);
    }

    /// <summary>What a process before this one made was there when the session began, so one look is enough for all that it left: after an outage that may be an intent for each name.</summary>
    private ListedOrders ListedFor(OrderRun run, AcmeAccount account) =>
        onRecord.IsLeft(run.Order.Id) ? _sessions.GetOrCreateValue(run.Session).GetOrAdd(account.Url, _ => new ListedOrders(onRecord, stored)) : new ListedOrders(onRecord, stored);

    private static bool IsFor(AcmeOrder found, PendingOrder order, List<AcmeIdentifier> identifiers) =>
        found.Status is AcmeStatus.Pending or AcmeStatus.Ready
        && found.Identifiers.ToHashSet().SetEquals(identifiers)
        && (found.Profile is null || order.Profile is null || found.Profile == order.Profile)
        && (found.Replaces is null || found.Replaces == order.Replaces?.RenewalId);
}
