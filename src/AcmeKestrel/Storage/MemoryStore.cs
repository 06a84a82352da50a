using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage;

/// <summary>Keeps records in memory, for tests and for hosts that accept to order anew after each start. Keeps the whole contract but durability.</summary>
/// <param name="timeProvider">The clock of the leases; null = the system's.</param>
public sealed class MemoryStore(TimeProvider? timeProvider = null) : IAcmeStore, IStoreDurability
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RecordKey, StoreRecord> _records = [];
    private readonly ChangeFeed _changes = new();
    private readonly Leases _leases = new(timeProvider ?? TimeProvider.System, new Ground());
    private long _writes;

    string? IStoreDurability.Doubt => "the state is kept in memory alone";

    /// <inheritdoc/>
    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate) return ValueTask.FromResult(_records.GetValueOrDefault(key));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        List<StoreRecord> records;
        lock (_gate)
        {
            records = [.. _records.Values
                .Where(record => record.Key.Kind == query.Kind && query.Includes(record.Key.Name))
                .OrderBy(record => record.Key.Name, RecordKey.NameOrder)
                .Take(query.Limit ?? int.MaxValue)];
        }

        foreach (var record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        RecordRules.Check(write);
        cancellationToken.ThrowIfCancellationRequested();
        // The caller may use its buffers again.
        var kept = new RecordContent([.. write.Content.Parts.Select(part => part with { Bytes = part.Bytes.ToArray() })]);
        lock (_gate)
        {
            _leases.Check(write.Key, write.Fence);
            CheckVersion(write.Key, write.Expected);
            var version = new RecordVersion((++_writes).ToString(CultureInfo.InvariantCulture));
            _records[write.Key] = new StoreRecord(write.Key, version, kept);
            _changes.Publish(StoreChangeKind.Written, write.Key);
            return ValueTask.FromResult(version);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        RecordRules.Check(deletion);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _leases.Check(deletion.Key, deletion.Fence);
            if (!_records.ContainsKey(deletion.Key)) return ValueTask.FromResult(false);
            CheckVersion(deletion.Key, deletion.Expected);
            _records.Remove(deletion.Key);
            _changes.Publish(StoreChangeKind.Deleted, deletion.Key);
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        RecordRules.Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IStoreLease?>(_leases.TryLease(request));
    }

    /// <inheritdoc/>
    public ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_changes.Open(request));
    }

    private void CheckVersion(RecordKey key, RecordVersion? expected)
    {
        if (expected is not { } version) return;
        var found = _records.GetValueOrDefault(key)?.Version ?? RecordVersion.Absent;
        if (found != version) throw StoreConflictException.Version(key, version, found);
    }

    /// <summary>Nobody else can see this memory: the table of leases is lock enough.</summary>
    private sealed class Ground : ILeaseGround, IDisposable
    {
        private readonly ConcurrentDictionary<string, long> _tokens = new(StringComparer.Ordinal);

        public IDisposable? TryLock(string resource) => this;

        public long LastToken(string resource) => _tokens.GetValueOrDefault(resource);

        public void SaveToken(string resource, long token) => _tokens[resource] = token;

        public void Dispose()
        {
        }
    }
}
