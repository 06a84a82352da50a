using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Keeps orders in flight: the record is on disk before the request that it foretells.</summary>
internal sealed class OrderJournal(FencedStore store)
{
    /// <summary>An order ended.</summary>
    public event Action? Cleared;

    public static RecordKey Key(string label) => new(RecordKind.Order, label);

    public async Task<OrderRun> BeginAsync(PendingOrder order, CancellationToken cancellationToken)
    {
        var run = new OrderRun(order, CertificateKey.Create(order.KeyType), resumed: false);
        await SaveAsync(run, order, cancellationToken).ConfigureAwait(false);
        return run;
    }

    /// <summary>Moves an order on; in memory only after it is on disk.</summary>
    public Task AdvanceAsync(OrderRun run, OrderProgress progress, CancellationToken cancellationToken) => AdvanceAsync(run, run.Order with { Progress = progress }, cancellationToken);

    public async Task AdvanceAsync(OrderRun run, PendingOrder order, CancellationToken cancellationToken)
    {
        await SaveAsync(run, order, cancellationToken).ConfigureAwait(false);
        run.Order = order;
        (run.Looks, run.Since, run.Deadline) = (0, null, null);
    }

    /// <summary>The CA asked to be left alone with this order until then.</summary>
    public async Task PostponeAsync(OrderRun run, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        var order = run.Order with { NotBefore = notBefore };
        await SaveAsync(run, order, cancellationToken).ConfigureAwait(false);
        run.Order = order;
    }

    /// <summary>Another key for the same order, in the same write as its state.</summary>
    public async Task ChangeKeyAsync(OrderRun run, OrderProgress progress, CancellationToken cancellationToken)
    {
        run.PrivateKey = CertificateKey.Create(run.Order.KeyType);
        await AdvanceAsync(run, progress, cancellationToken).ConfigureAwait(false);
    }

    public async Task ClearAsync(OrderRun run, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(Key(run.Order.Label), cancellationToken).ConfigureAwait(false);
        Cleared?.Invoke();
    }

    /// <summary>Whether names of an order of this account are being validated, or are about to be: its key is needed for that.</summary>
    public async Task<bool> IsValidatingAsync(AccountName account, CancellationToken cancellationToken)
    {
        await foreach (var order in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (order.Progress is OrderProgress.Created or OrderProgress.Answering && AccountName.Of(order.DirectoryUrl, order.Email) == account) return true;
        }

        return false;
    }

    /// <summary>The URLs of all orders in flight.</summary>
    public async Task<IReadOnlySet<string>> OrderUrlsAsync(CancellationToken cancellationToken)
    {
        var urls = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var order in ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (order.OrderUrl is { } url) urls.Add(url);
        }

        return urls;
    }

    /// <exception cref="DamagedRecordException">It cannot be continued; it is left as it is.</exception>
    public static OrderRun Read(StoreRecord record)
    {
        var order = FencedStore.Json(record, "order.json", LifecycleJson.Default.PendingOrder);
        try
        {
            return new OrderRun(order, CertificateKey.FromPem(FencedStore.Part(record, "privkey").Span), resumed: true);
        }
        catch (FormatException damaged)
        {
            throw new DamagedRecordException($"{record.Key}: privkey: {damaged.Message}", damaged);
        }
    }

    /// <summary>The order's id, or null where the record is damaged.</summary>
    public static string? TryReadId(StoreRecord record) => TryReadOrder(record)?.Id;

    private static PendingOrder? TryReadOrder(StoreRecord record)
    {
        try
        {
            return FencedStore.Json(record, "order.json", LifecycleJson.Default.PendingOrder);
        }
        catch (DamagedRecordException)
        {
            return null;
        }
    }

    /// <summary>Damaged ones are left out: nobody can go on with them.</summary>
    private async IAsyncEnumerable<PendingOrder> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in store.ListAsync(RecordKind.Order, cancellationToken).ConfigureAwait(false))
        {
            if (TryReadOrder(record) is { } order) yield return order;
        }
    }

    private async Task SaveAsync(OrderRun run, PendingOrder order, CancellationToken cancellationToken)
    {
        var content = new RecordContent([
            FencedStore.Json("order.json", order, LifecycleJson.Default.PendingOrder),
            FencedStore.Text("privkey", CertificateKey.ToPem(run.PrivateKey), secret: true)]);
        await store.WriteAsync(Key(order.Label), content, cancellationToken).ConfigureAwait(false);
    }
}
