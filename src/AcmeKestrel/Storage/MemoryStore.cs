using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage;

/// <summary>Keeps records in memory, for tests and for hosts that accept to order anew after each start. Keeps the whole contract but durability.</summary>
/// <param name="timeProvider">The clock of the leases; null = the system's.</param>
public sealed class MemoryStore(TimeProvider? timeProvider = null) : IAcmeStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RecordKey, StoreRecord> _records = [];
    private readonly ChangeFeed _changes = new();
    private readonly Leases _leases = new(timeProvider ?? TimeProvider.System, new Ground());
    private long _writes;

    /// <inheritdoc/>
    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate) return ValueTask.FromResult(_records.GetValueOrDefault(key));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StoreRecord> records;
        lock (_gate)
        {
            records = [.. _records.Values
                .Where(record => record.Key.Kind == kind && (afterName is null || string.CompareOrdinal(record.Key.Name, afterName) > 0))
                .OrderBy(record => record.Key.Name, StringComparer.Ordinal)];
        }

        foreach (var record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        RecordRules.Check(content);
        cancellationToken.ThrowIfCancellationRequested();
        // The caller may use its buffers again.
        var kept = new RecordContent([.. content.Parts.Select(part => part with { Bytes = part.Bytes.ToArray() })]);
        lock (_gate)
        {
            _leases.Check(key, fence);
            CheckVersion(key, expected);
            var version = new RecordVersion((++_writes).ToString(CultureInfo.InvariantCulture));
            _records[key] = new StoreRecord(key, version, kept);
            _changes.Publish(StoreChangeKind.Written, key);
            return ValueTask.FromResult(version);
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _leases.Check(key, fence);
            if (!_records.ContainsKey(key)) return ValueTask.CompletedTask;
            CheckVersion(key, expected);
            _records.Remove(key);
            _changes.Publish(StoreChangeKind.Deleted, key);
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken)
    {
        RecordRules.CheckName(resource);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_leases.TryLease(resource, owner, duration));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => _changes.WatchAsync(after, cancellationToken);

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
