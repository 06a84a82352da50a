using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>The orders in flight: begun with their record, ended with its removal.</summary>
internal sealed class OrderJournal(OrdersOnRecord onRecord) : IValidatingOrders
{
    public event Action<AccountName, string>? Ended;

    /// <summary>The intent and its key are on disk when it returns.</summary>
    /// <param name="session">Under which the order is begun.</param>
    /// <param name="intent">What is to be ordered.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <param name="reused">The key of the certificate before it; null: a new one.</param>
    public static async Task<OrderRun> BeginAsync(StateSession session, PendingOrder intent, CancellationToken cancellationToken, byte[]? reused = null)
    {
        var key = reused ?? CertificateKey.Create(intent.KeyType);
        await OrderRecord.SaveAsync(session, intent, key, cancellationToken).ConfigureAwait(false);
        return new OrderRun(session, intent, key, resumed: false);
    }

    public async Task ClearAsync(OrderRun run, CancellationToken cancellationToken)
    {
        await run.Session.DeleteAsync(OrderRecord.Key(run.Order.Label), cancellationToken).ConfigureAwait(false);
        onRecord.Remove(run.Order.OrderUrl);
        Ended?.Invoke(run.Order.Account, run.Order.Label);
    }

    public async Task<string?> FindAsync(StateSession session, AccountName account, CancellationToken cancellationToken)
    {
        await foreach (var order in OrderRecord.ListAsync(session, cancellationToken).ConfigureAwait(false))
        {
            // One that waits for a human may wait for days, and the CA was told of nothing yet.
            if (order is { Awaits: null, Progress: OrderProgress.Created or OrderProgress.Chosen } && order.Account == account) return order.Label;
        }

        return null;
    }
}
