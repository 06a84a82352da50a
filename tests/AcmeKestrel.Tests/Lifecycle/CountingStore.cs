using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Counts what is asked of a store.</summary>
internal sealed class CountingStore(IAcmeStore inner) : IAcmeStore
{
    public int Reads { get; private set; }

    public int Lists { get; private set; }

    /// <summary>Records that lists gave.</summary>
    public int Listed { get; private set; }

    public int Writes { get; private set; }

    /// <summary>Bytes of a kind that were written.</summary>
    public Dictionary<RecordKind, long> Bytes { get; } = [];

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        Reads++;
        return inner.ReadAsync(key, cancellationToken);
    }

    public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Lists++;
        await foreach (var record in inner.ListAsync(kind, afterName, cancellationToken))
        {
            Listed++;
            yield return record;
        }
    }

    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken)
    {
        Writes++;
        Bytes[key.Kind] = Bytes.GetValueOrDefault(key.Kind) + content.Parts.Sum(part => (long)part.Bytes.Length);
        return inner.WriteAsync(key, content, expected, fence, cancellationToken);
    }

    public ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken)
    {
        Writes++;
        return inner.DeleteAsync(key, expected, fence, cancellationToken);
    }

    public ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) => inner.TryLeaseAsync(resource, owner, duration, cancellationToken);

    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => inner.WatchAsync(after, cancellationToken);
}
