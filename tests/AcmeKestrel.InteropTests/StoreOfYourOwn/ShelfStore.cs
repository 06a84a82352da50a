using System.Globalization;
using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace Shelves;

/// <summary>Keeps records on a shelf.</summary>
public sealed class ShelfStore(Shelf shelf) : IAcmeStore
{
    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        Rules.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (shelf.Gate) return ValueTask.FromResult(shelf.Records.GetValueOrDefault(key));
    }

    public async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Rules.Check(query);
        List<StoreRecord> found;
        lock (shelf.Gate)
        {
            found = [.. shelf.Records.Values
                .Where(record => record.Key.Kind == query.Kind && record.Key.Name.StartsWith(query.Prefix ?? "", StringComparison.Ordinal))
                .Where(record => query.After is null || RecordKey.NameOrder.Compare(record.Key.Name, query.After) > 0)
                .OrderBy(record => record.Key.Name, RecordKey.NameOrder)
                .Take(query.Limit ?? int.MaxValue)];
        }

        await Task.CompletedTask;
        foreach (var record in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }
    }

    public ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        Rules.Check(write.Key);
        Rules.Check(write.Content);
        cancellationToken.ThrowIfCancellationRequested();
        var copy = new RecordContent([.. write.Content.Parts.Select(part => part with { Bytes = part.Bytes.ToArray() })]);
        lock (shelf.Gate)
        {
            CheckConditions(write.Key, write.Expected, write.Fence);

            // Random, and not a count: a backup that is put back must not give a version twice.
            var version = new RecordVersion(Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture));
            shelf.Records[write.Key] = new StoreRecord(write.Key, version, copy);
            shelf.Tell(StoreChangeKind.Written, write.Key);
            return ValueTask.FromResult(version);
        }
    }

    public ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        Rules.Check(deletion.Key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (shelf.Gate)
        {
            // One that is not there is none at another version, but the fence counts all the same.
            var isThere = shelf.Records.ContainsKey(deletion.Key);
            CheckConditions(deletion.Key, isThere ? deletion.Expected : null, deletion.Fence);
            if (!isThere) return ValueTask.FromResult(false);

            shelf.Records.Remove(deletion.Key);
            shelf.Tell(StoreChangeKind.Deleted, deletion.Key);
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        Rules.CheckName(request.Resource);
        cancellationToken.ThrowIfCancellationRequested();
        lock (shelf.Gate)
        {
            var last = shelf.Leases.GetValueOrDefault(request.Resource);
            if (shelf.Stands(new Fence(request.Resource, last.Token)) && last.Owner != request.Owner) return ValueTask.FromResult<IStoreLease?>(null);

            var from = shelf.Clock.GetTimestamp();
            shelf.Leases[request.Resource] = (request.Owner, last.Token + 1, from, request.Duration);
            return ValueTask.FromResult<IStoreLease?>(new ShelfLease(shelf, new Fence(request.Resource, last.Token + 1), from, request.Duration));
        }
    }

    public ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (shelf.Gate) return ValueTask.FromResult<IStoreWatch>(new ShelfWatch(shelf, request.Kind, request.After ?? shelf.End));
    }

    private void CheckConditions(RecordKey key, RecordVersion? expected, Fence? fence)
    {
        if (fence is { } shown && !shelf.Stands(shown)) throw new StoreConflictException(key, $"{key} is not written: the lease of '{shown.Resource}' is over.");
        if (expected is { } version && version != (shelf.Records.GetValueOrDefault(key)?.Version ?? RecordVersion.Absent)) throw new StoreConflictException(key, $"{key} was written by somebody else meanwhile.");
    }
}
