using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An order in flight as the store has it.</summary>
internal sealed record StoredOrder(PendingOrder Order, byte[] PrivateKey)
{
    public static StoredOrder Read(StoreRecord record)
    {
        var (order, key) = OrderRecord.Read(record);
        return new StoredOrder(order, key);
    }
}
