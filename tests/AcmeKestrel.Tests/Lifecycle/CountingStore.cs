using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Counts what is asked of a store.</summary>
internal sealed class CountingStore(IAcmeStore inner) : DelegatingStore(inner)
{
    private int _reads, _lists, _listed, _named, _writes;

    public int Reads => _reads;

    public int Lists => _lists;

    /// <summary>Records and parts that lists gave.</summary>
    public int Listed => _listed;

    /// <summary>Names that lists gave, with nothing read.</summary>
    public int Named => _named;

    public int Writes => _writes;

    /// <summary>Bytes of a kind that were written.</summary>
    public Dictionary<RecordKind, long> Bytes { get; } = [];

    public override ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return base.ReadAsync(key, cancellationToken);
    }

    public override IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => CountAsync(base.ListAsync(query, cancellationToken), () => Interlocked.Increment(ref _listed), cancellationToken);

    public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => CountAsync(base.ListEntriesAsync(query, cancellationToken), () => Interlocked.Increment(ref _named), cancellationToken);

    public override IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => CountAsync(base.ListHeadsAsync(query, cancellationToken), () => Interlocked.Increment(ref _listed), cancellationToken);

    public override ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        lock (Bytes) Bytes[write.Key.Kind] = Bytes.GetValueOrDefault(write.Key.Kind) + write.Content.Parts.Sum(part => (long)part.Bytes.Length);
        return base.WriteAsync(write, cancellationToken);
    }

    public override ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        return base.DeleteAsync(deletion, cancellationToken);
    }

    private async IAsyncEnumerable<T> CountAsync<T>(IAsyncEnumerable<T> list, Action count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        await foreach (var item in list.WithCancellation(cancellationToken))
        {
            count();
            yield return item;
        }
    }
}
