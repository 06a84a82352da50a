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
        foreach (var listed in await ListedFor(run, account).GetAsync(run, account, cancellationToken).ConfigureAwait(false))
        {
            if (!IsFor(listed, run.Order, identifiers) || onRecord.Contains(listed.Url)) continue;

            // It may have come to its end since it was listed.
            if (await TryGetAsync(listed.Url).ConfigureAwait(false) is not { } order || !IsFor(order, run.Order, identifiers) || _claims.GetOrAdd(order.Url, run.Order.Label) != run.Order.Label) continue;

            _logger.OrderFound(run.Order.Label, order.Url);
            return order;
        }

        return null;

        async Task<AcmeOrder?> TryGetAsync(string url)
        {
            try
            {
                return await account.GetOrderAsync(url, cancellationToken).ConfigureAwait(false);
            }
            catch (AcmeException unseen) when (ListedOrders.IsFinal(unseen, run.Faults > 0))
            {
                return null;
            }
        }
    }

    /// <summary>From now on this process may have made an order for it: what was listed for all that was left does not show that one.</summary>
    public void MayOrder(OrderRun run) => onRecord.Settle(run.Order.Id);

    /// <summary>The order's URL is on record: that is what others go by now.</summary>
    public void Release(string url)
    {
        onRecord.Add(url);
        _claims.TryRemove(url, out _);
    }

    /// <summary>What a process before this one made was there when the session began, so one look is enough for all that it left: after an outage that may be an intent for each name.</summary>
    private ListedOrders ListedFor(OrderRun run, AcmeAccount account) =>
        onRecord.IsLeft(run.Order.Id) ? _sessions.GetOrCreateValue(run.Session).GetOrAdd(account.Url, _ => List()) : List();

    private ListedOrders List() => new(onRecord, stored, _logger);

    private static bool IsFor(AcmeOrder found, PendingOrder order, List<AcmeIdentifier> identifiers) =>
        found.Status is AcmeStatus.Pending or AcmeStatus.Ready
        && found.Identifiers.ToHashSet().SetEquals(identifiers)
        && (found.Profile is null || order.Profile is null || found.Profile == order.Profile)
        && (found.Replaces is null || found.Replaces == order.Replaces?.RenewalId);
}
