using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>An order in flight as a record: parts <c>order.json</c> and <c>privkey</c>, the certificate's key.</summary>
internal static class OrderRecord
{
    private const string OrderPart = "order.json";

    private const string KeyPart = "privkey";

    public static RecordKey Key(string label) => new(RecordKind.Order, label);

    /// <param name="privateKey">PKCS#8.</param>
    public static async Task SaveAsync(StateSession session, PendingOrder order, byte[] privateKey, CancellationToken cancellationToken)
    {
        var content = new RecordContent([
            RecordCodec.Json(OrderPart, order, OrderingJson.Default.PendingOrder),
            RecordCodec.Text(KeyPart, CertificateKey.ToPem(privateKey), secret: true)]);
        await session.WriteAsync(Key(order.Label), content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The order and its certificate's key (PKCS#8).</summary>
    /// <exception cref="DamagedRecordException">It cannot be continued; it is left as it is.</exception>
    public static (PendingOrder Order, byte[] PrivateKey) Read(StoreRecord record)
    {
        var order = RecordCodec.Json(record, OrderPart, OrderingJson.Default.PendingOrder);
        if (RecordCodec.Decode(record.Key, () => FaultOf(order, record.Key.Name), OrderPart) is { } fault) throw new DamagedRecordException($"{record.Key}: {OrderPart}: {fault}");

        return (order, RecordCodec.Decode(record.Key, () => CertificateKey.FromPem(RecordCodec.Part(record, KeyPart).Span), KeyPart));
    }

    /// <summary>The order's id, or null where even that is damaged.</summary>
    public static string? TryReadId(StoreRecord record) => TryReadOrder(record)?.Id;

    /// <summary>All orders in flight. Damaged ones are left out: nobody can go on with them.</summary>
    public static async IAsyncEnumerable<PendingOrder> ListAsync(StateSession session, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.Order), cancellationToken).ConfigureAwait(false))
        {
            if (TryRead(record) is { } order) yield return order;
        }
    }

    /// <summary>What an operator's hand, or half a disk, can make of it and JSON does not notice.</summary>
    private static string? FaultOf(PendingOrder order, string label)
    {
        if (order.Label != label) return $"it is the order of '{PlainText.Of(order.Label, 100)}'";
        if (order.Identifiers.Count == 0 || !order.Identifiers.All(IsName)) return "its identifiers are no names";
        if (order.Challenges.Any(type => type is null)) return "a challenge type is null";
        return order.Progress is OrderProgress.Chosen { Challenges: var chosen } && !chosen.All(challenge => challenge is not null && IsName(challenge.Identifier))
            ? "a chosen challenge is none"
            : null;
    }

    private static bool IsName(string? text) => text is not null && AcmeIdentifier.TryParse(text, out _, out _);

    private static PendingOrder? TryRead(StoreRecord record)
    {
        try
        {
            return Read(record).Order;
        }
        catch (DamagedRecordException)
        {
            return null;
        }
    }

    private static PendingOrder? TryReadOrder(StoreRecord record)
    {
        try
        {
            return RecordCodec.Json(record, OrderPart, OrderingJson.Default.PendingOrder);
        }
        catch (DamagedRecordException)
        {
            return null;
        }
    }
}
